#include "ui/workspaces/train/run_record.h"

#include <QColorSpace>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <filesystem>

#include "core/image/image.h"
#include "ui/bridge/core_text.h"
#include "ui/bridge/qimage_of.h"

namespace imago {

RunRecord::RunRecord(std::string folder, QObject* parent) : QObject(parent), m_folder(std::move(folder)) {}

QString RunRecord::name() const {
    if (m_info.user.is_object() && m_info.user.contains("name") && m_info.user["name"].is_string()) {
        const auto name = m_info.user["name"].get<std::string>();
        if (!name.empty()) return QString::fromStdString(name);
    }
    const QString file = QString::fromStdString(std::filesystem::path(m_folder).filename().string());
    // Ours are named WHAT-YYYYMMDD-HHMM: said as people say it.
    static const QRegularExpression ours("^(.+)-(\\d{8}-\\d{4})(-\\d+)?$");
    const auto match = ours.match(file);
    const QDateTime when = QDateTime::fromString(match.captured(2), "yyyyMMdd-HHmm");
    if (!match.hasMatch() || !when.isValid()) return file;
    const QString what = match.captured(1) == "clothes" ? tr("Clothes") : match.captured(1) == "shapes" ? tr("Shapes") : match.captured(1);
    const QString time = QLocale().toString(when, tr("d MMM hh:mm", "date and time in the name of a run"));
    return what + " " + time + match.captured(3).replace('-', " · ");
}

bool RunRecord::active() const {
    return m_state == RunState::Queued || m_state == RunState::Running || m_state == RunState::Paused || m_state == RunState::Stopping;
}

QString RunRecord::sentence() const {
    if (m_error) return errorText(*m_error);
    switch (m_state) {
        case RunState::Queued:
            return tr("Waits until the run before it has ended.");
        case RunState::Paused:
            return tr("Paused. Nothing is lost.");
        case RunState::Stopping:
            return tr("Saving, then it ends.");
        case RunState::Finished:
            return tr("Finished after %n step(s).", nullptr, int(std::max<std::int64_t>(0, lastStep() + 1)));
        case RunState::Stopped:
            return lastStep() < 0 ? tr("Nothing has been learned yet.") : tr("Stopped; it can go on from here.");
        case RunState::Failed:
            return tr("It ended with an error.");
        case RunState::Running:
            break;
    }
    if (m_health) return errorText(*m_health);
    if (!m_progress.stage.empty()) return coreText(m_progress.stage);
    if (m_elsewhere) return tr("Another program is training this run.");
    return tr("Learning.");
}

void RunRecord::load() {
    if (m_follower) return;
    m_follower = std::make_unique<RunFollower>(m_folder);
    connect(m_follower.get(), &RunFollower::updated, this, [this](const std::shared_ptr<RunUpdate>& update) { apply(*update); });
}

void RunRecord::apply(const RunUpdate& update) {
    if (update.error) {
        m_error = update.error;
        m_state = RunState::Failed;
        m_loaded = true;
        return Q_EMIT stateChanged();
    }
    if (update.first) {
        m_info = update.info;
        std::vector<std::string> names;
        if (m_info.json.contains("metric_names"))
            for (const auto& name : m_info.json["metric_names"]) names.push_back(name.get<std::string>());
        m_curves.setNames(names);
        m_loaded = true;
    }
    if (update.truncateAt >= 0) {
        m_curves.truncateFrom(update.truncateAt);
        std::erase_if(m_frames, [&](const PreviewFrame& frame) { return frame.step > update.truncateAt; });
    }
    for (const MetricRow& row : update.rows) m_curves.append(row.step, row.values);
    for (const Json& event : update.events) applyEvent(event);
    for (const auto& picture : update.pictures) addPreview(picture.preview, picture.image);
    if (m_job == 0) {
        const bool ours = m_elsewhere;
        m_elsewhere = update.writerAlive;
        if (m_elsewhere)
            m_state = RunState::Running;
        else if (ours && m_state == RunState::Running)
            m_state = RunState::Stopped;
    }
    Q_EMIT curvesChanged();
    Q_EMIT stateChanged();
}

void RunRecord::applyEvent(const Json& json) {
    auto event = eventFromJson(json);
    if (!event) return;
    if (const auto* saved = std::get_if<CheckpointSaved>(&event->body)) addCheckpoint(*saved);
    if (const auto* notice = std::get_if<Notice>(&event->body)) {
        if (notice->step >= 0)
            m_marks.push_back(
                {notice->step, notice->level == NoticeLevel::Info ? MarkKind::Notice : MarkKind::Problem, errorText(notice->text)});
    }
    if (const auto* finished = std::get_if<JobFinished>(&event->body); finished && m_job == 0) {
        m_state = finished->reason == FinishReason::Done     ? RunState::Finished
                  : finished->reason == FinishReason::Failed ? RunState::Failed
                                                             : RunState::Stopped;
        m_error = finished->error;
    }
}

void RunRecord::submitted(JobId job) {
    m_job = job;
    m_elsewhere = false;
    m_error.reset();
    m_hasProgress = false;
    setState(RunState::Queued);
}

void RunRecord::started(JobId job, const JobStarted& started) {
    m_job = job;
    m_elsewhere = false;
    m_error.reset();
    m_health.reset();
    m_curves.setNames(started.metricNames);
    setState(RunState::Running);
    Q_EMIT curvesChanged();
}

void RunRecord::setState(RunState state) {
    m_state = state;
    Q_EMIT stateChanged();
}

void RunRecord::setProgress(const JobProgress& progress) {
    m_progress = progress;
    m_hasProgress = true;
    Q_EMIT progressChanged();
}

void RunRecord::append(const MetricBatch& batch) {
    const std::size_t columns = m_curves.size();
    if (columns == 0) return;
    for (std::size_t i = 0; i < batch.steps.size() && (i + 1) * columns <= batch.values.size(); ++i)
        m_curves.append(batch.steps[i], std::span(batch.values).subspan(i * columns, columns));
    m_unsaved = true;
    Q_EMIT curvesChanged();
}

void RunRecord::addPreview(const PreviewReady& preview, const QImage& decoded) {
    if (preview.kind != "samples") return;
    PreviewFrame frame;
    frame.step = preview.step;
    frame.columns = std::max(1, preview.columns);
    frame.rows = std::max(1, preview.rows);
    frame.seeds = preview.seeds;
    for (const std::string& label : preview.labels) frame.labels << QString::fromStdString(label);
    if (preview.image)
        frame.image = qimageOf(preview.image->view());
    else if (!decoded.isNull())
        frame.image = decoded;
    else if (!preview.file.empty())
        frame.image = QImage(QString::fromStdString((std::filesystem::path(m_folder) / preview.file).string()));
    if (frame.image.isNull()) return;
    if (frame.image.hasAlphaChannel())
        frame.image.convertTo(QImage::Format_ARGB32_Premultiplied);
    else
        frame.image.convertTo(frame.image.isGrayscale() ? QImage::Format_Grayscale8 : QImage::Format_RGB32);
    frame.image.setColorSpace({});  // sRGB all of them: a picture from a file is the picture that came live
    const auto at =
        std::lower_bound(m_frames.begin(), m_frames.end(), frame.step, [](const PreviewFrame& f, std::int64_t s) { return f.step < s; });
    if (at != m_frames.end() && at->step == frame.step)
        *at = std::move(frame);
    else
        m_frames.insert(at, std::move(frame));
    Q_EMIT framesChanged();
}

void RunRecord::addCheckpoint(const CheckpointSaved& saved) {
    m_unsaved = false;
    if (saved.snapshot) return;
    m_marks.push_back({saved.step, MarkKind::Saved, tr("Saved")});
    Q_EMIT curvesChanged();
}

void RunRecord::addNotice(const Notice& notice) {
    if (notice.id == "health") m_health = notice.text;
    if (notice.step >= 0 && (notice.id != "health" || notice.level != NoticeLevel::Info))
        m_marks.push_back({notice.step, notice.level == NoticeLevel::Info ? MarkKind::Notice : MarkKind::Problem, errorText(notice.text)});
    Q_EMIT noticeAdded(notice);
    Q_EMIT stateChanged();
}

void RunRecord::finished(const JobFinished& finished) {
    m_job = 0;
    m_unsaved = false;
    m_error = finished.error;
    m_hasProgress = false;
    setState(finished.reason == FinishReason::Done     ? RunState::Finished
             : finished.reason == FinishReason::Failed ? RunState::Failed
                                                       : RunState::Stopped);
}

}  // namespace imago
