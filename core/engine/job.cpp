#include "core/engine/job.h"

namespace imago {

Result<void> Job::control(const std::string& verb, const Json&, JobContext&) {
    return Error{ErrorCode::BadInput, IMAGO_TR("This job does not know the command {verb}."), {{"verb", verb}}};
}

Result<void> Job::update(const std::string& slot, const Json&, JobContext&) {
    return Error{ErrorCode::BadInput, IMAGO_TR("This job has nothing called {slot} to change."), {{"slot", slot}}};
}

}  // namespace imago
