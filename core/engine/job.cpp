#include "core/engine/job.h"

namespace imago {

Result<void> Job::control(const std::string& verb, const Json&, JobContext&) {
    return Error{ErrorCode::BadInput, IMAGO_TR("This job does not know the command {verb}."), {{"verb", verb}}};
}

}  // namespace imago
