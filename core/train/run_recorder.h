// RunRecorder: everything a training tells, to its listeners and to its run folder at once. Listeners hear it from the
// compute thread; files are written on the io lane, in order. What the io lane finishes or fails at is collected by
// collect() at the next slice. Compute thread, except where said.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/job.h"
#include "core/engine/run.h"
#include "core/train/trainer.h"

namespace imago {

class RunRecorder {
  public:
    explicit RunRecorder(std::unique_ptr<RunWriter> writer);
    ~RunRecorder();  // releases the run's lock once queued work is done

    const std::filesystem::path& folder() const { return m_folder; }

    void event(JobContext& context, EventBody body);  // rare: both ways
    void tell(JobContext& context, EventBody body);   // listeners only
    void note(JobContext& context, EventBody body);   // the run folder only
    void metrics(JobContext& context, const std::vector<StepRow>& rows);
    void preview(JobContext& context, PreviewReady preview);  // told when its file is written
    void resumed(JobContext& context, std::int64_t step);     // rows of this and later steps are superseded
    void sync(JobContext& context);

    // From io-lane closures: hands an event to the next collect(), or the first error.
    class Outbox {
      public:
        virtual ~Outbox() = default;
        virtual void finished(EventBody body) = 0;
        virtual void failed(Error error) = 0;
    };
    std::shared_ptr<Outbox> outbox() const;

    // Tells what the io lane finished since the last call; its first error, if there was one.
    Result<void> collect(JobContext& context);

  private:
    struct State;
    std::shared_ptr<State> m_state;
    std::filesystem::path m_folder;
};

}  // namespace imago
