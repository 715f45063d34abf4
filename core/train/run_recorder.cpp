#include "core/train/run_recorder.h"

#include <mutex>
#include <optional>

namespace imago {

// Shared with the closures on the io lane; the writer is touched by them only.
struct RunRecorder::State : RunRecorder::Outbox {
    std::unique_ptr<RunWriter> writer;
    std::mutex mutex;
    std::vector<EventBody> done;
    std::optional<Error> error;

    void finished(EventBody body) override {
        const std::lock_guard lock(mutex);
        done.push_back(std::move(body));
    }
    void failed(Error problem) override {
        const std::lock_guard lock(mutex);
        if (!error) error = std::move(problem);
    }
    void check(Result<void> result) {
        if (!result) failed(std::move(result.error()));
    }
};

RunRecorder::RunRecorder(std::unique_ptr<RunWriter> writer) : m_state(std::make_shared<State>()), m_folder(writer->folder()) {
    m_state->writer = std::move(writer);
}

RunRecorder::~RunRecorder() = default;

void RunRecorder::event(JobContext& context, EventBody body) {
    note(context, body);
    context.emit(std::move(body));
}

void RunRecorder::tell(JobContext& context, EventBody body) {
    context.emit(std::move(body));
}

void RunRecorder::note(JobContext& context, EventBody body) {
    context.runOnIo(
        [state = m_state, event = Event{context.id(), 0, std::move(body)}] { state->check(state->writer->appendEvent(event)); });
}

void RunRecorder::metrics(JobContext& context, const std::vector<StepRow>& rows) {
    if (rows.empty()) return;
    std::vector<MetricRow> written;
    MetricBatch batch;
    for (const StepRow& row : rows) {
        written.push_back({row.step, row.values});
        batch.steps.push_back(row.step);
        batch.values.insert(batch.values.end(), row.values.begin(), row.values.end());
    }
    context.runOnIo([state = m_state, written = std::move(written)] { state->check(state->writer->appendMetrics(written)); });
    context.emit(std::move(batch));
}

void RunRecorder::preview(JobContext& context, PreviewReady preview) {
    context.runOnIo([state = m_state, preview = std::move(preview)]() mutable {
        Result<std::string> file = state->writer->writePreview(preview);
        if (!file) return state->failed(std::move(file.error()));
        preview.file = *file;
        state->finished(std::move(preview));
    });
}

void RunRecorder::resumed(JobContext& context, std::int64_t step) {
    context.runOnIo([state = m_state, step] { state->check(state->writer->appendResumed(step)); });
    context.emit(Resumed{step});
}

void RunRecorder::sync(JobContext& context) {
    context.runOnIo([state = m_state] { state->check(state->writer->sync()); });
}

std::shared_ptr<RunRecorder::Outbox> RunRecorder::outbox() const {
    return m_state;
}

Result<void> RunRecorder::collect(JobContext& context) {
    std::vector<EventBody> done;
    std::optional<Error> error;
    {
        const std::lock_guard lock(m_state->mutex);
        done.swap(m_state->done);
        error.swap(m_state->error);
    }
    for (EventBody& body : done) {
        if (std::holds_alternative<PreviewReady>(body))
            context.emit(std::move(body));
        else
            event(context, std::move(body));
    }
    if (error) return std::move(*error);
    return {};
}

}  // namespace imago
