#include "ui/workspaces/train/run_record.h"

#include <QColorSpace>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <algorithm>
#include <filesystem>

#include "core/base/json.h"
#include "core/engine/run_files.h"
#include "core/image/image.h"
#include "ui/bridge/core_text.h"
#include "ui/bridge/qimage_of.h"

namespace imago {

namespace {

const Schema kNoSchema;

std::string argument(const Error& text, const char* name) {
    for (const auto& [key, value] : text.args)
        if (key == name) return value;
    return {};
}

// Runs of before there was LiveChanged tell a changed setting in a notice.
std::optional<LiveChanged> liveChangeOf(const Notice& notice) {
    const std::string key = argument(notice.text, "key");
    const auto before = parseJson(argument(notice.text, "from"), key), value = parseJson(argument(notice.text, "to"), key);
    if (notice.id != "live" || !value) return {};
    return LiveChanged{key, before ? *before : Json(), *value, notice.step};
}

}  // namespace

QString runName(const std::string& folder, bool brief) {
    const QString file = QString::fromStdString(std::filesystem::path(folder).filename().string());
    // Ours are named WHAT-YYYYMMDD-HHMM: said as people say it.
    static const QRegularExpression ours("^(.+)-(\\d{8}-\\d{4})(-\\d+)?$");
    const auto match = ours.match(file);
    const QDateTime when = QDateTime::fromString(match.captured(2), "yyyyMMdd-HHmm");
    if (!match.hasMatch() || !when.isValid()) return file;
    const QString what = match.captured(1) == "clothes"           ? RunRecord::tr("Clothes")
                         : match.captured(1) == "emoji"           ? RunRecord::tr("Emoji")
                         : match.captured(1).startsWith("shapes") ? RunRecord::tr("Shapes")
                                                                  : match.captured(1);
    const bool today = when.date() == QDate::currentDate();
    const QString format = !brief  ? RunRecord::tr("d MMM hh:mm", "date and time in the name of a run")
                           : today ? RunRecord::tr("hh:mm", "time in the name of a run of today")
                                   : RunRecord::tr("d MMM", "day in the name of an older run");
    return what + " " + QLocale().toString(when, format) + match.captured(3).replace('-', " · ");
}

RunRecord::RunRecord(std::string folder, QObject* parent) : QObject(parent), m_folder(std::move(folder)) {}

QString RunRecord::name(bool brief) const {
    if (m_info.user.is_object() && m_info.user.contains("name") && m_info.user["name"].is_string()) {
        const auto name = m_info.user["name"].get<std::string>();
        if (!name.empty()) return QString::fromStdString(name);
    }
    return runName(m_folder, brief);
}

std::string RunRecord::text(const char* key) const {
    return m_info.json.contains(key) && m_info.json[key].is_string() ? m_info.json[key].get<std::string>() : std::string();
}

std::optional<Json> RunRecord::config(const FamilyEntry* family) const {
    Json config = m_info.json.value("resolved", Json());
    if (!config.is_object()) return {};
    if (auto completed = complete(family->config, config)) config = std::move(*completed);
    for (const LiveChanged& change : m_live)
        if (auto changed = withLiveValue(family->config, config, change.key, change.value)) config = std::move(*changed);
    return config;
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
            return tr("It is ending.");
        case RunState::Finished:
            return tr("Finished after %Ln step(s).", nullptr, int(std::max<std::int64_t>(0, lastStep() + 1)));
        case RunState::Stopped:
            return lastStep() < 0 ? tr("Nothing has been learned yet.") : tr("Stopped; it can go on from here.");
        case RunState::Failed:
            return tr("It ended with an error.");
        case RunState::Running:
            break;
    }
    if (m_health) return errorText(*m_health);
    if (m_elsewhere) return tr("Another program is training this run.");
    if (lastStep() >= 0) return tr("Learning. It is too early to say how well.");
    return m_progress.stage.empty() ? tr("Getting ready.") : coreText(m_progress.stage);
}

void RunRecord::load() {
    if (m_follower) return;
    m_follower = std::make_unique<RunFollower>(m_folder);
    connect(m_follower.get(), &RunFollower::updated, this, [this](const std::shared_ptr<RunUpdate>& update) { apply(*update); });
    m_follower->begin();
}

void RunRecord::apply(const RunUpdate& update) {
    if (update.error) {
        m_error = update.error;
        m_loaded = true;
        return setState(RunState::Failed);
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
        goBack(update.truncateAt);
    }
    for (const MetricRow& row : update.rows) m_curves.append(row.step, row.values);
    for (const Json& event : update.events) applyEvent(event);
    for (const auto& picture : update.pictures) addPreview(picture.preview, picture.image);
    if (m_job == 0) {
        const bool ours = m_elsewhere;
        m_elsewhere = update.writerAlive;
        if (m_elsewhere)  // its last words come before it lets go of the run
            m_state = RunState::Running;
        else if (ours && m_state == RunState::Running)
            m_state = m_ended.value_or(RunState::Stopped);
    }
    refreshGlance();
    Q_EMIT curvesChanged();
    Q_EMIT stateChanged();
}

// What came after this step is learned anew.
void RunRecord::goBack(std::int64_t step) {
    m_curves.truncateFrom(step);
    for (PreviewFrames* frames : {&m_frames, &m_copies})
        std::erase_if(*frames, [&](const PreviewFrame& frame) { return frame.step > step; });
    Q_EMIT framesChanged();
}

void RunRecord::applyEvent(const Json& json) {
    auto event = eventFromJson(json);
    if (!event) return;
    if (const auto* saved = std::get_if<CheckpointSaved>(&event->body)) addCheckpoint(*saved);
    if (const auto* notice = std::get_if<Notice>(&event->body)) {
        if (const auto change = liveChangeOf(*notice))
            changeLive(*change);
        else
            mark(*notice);
    }
    if (const auto* change = std::get_if<LiveChanged>(&event->body)) changeLive(*change);
    if (std::holds_alternative<Resumed>(event->body)) m_ended.reset();
    if (const auto* done = std::get_if<JobFinished>(&event->body); done && m_job == 0) {
        m_state = stateAfter(done->reason);
        m_ended = m_state;
        m_error = done->error;
        m_trainedSeconds = done->result.value("seconds", m_trainedSeconds);
    }
}

// What a notice leaves behind: the health sentence, a mark on the curve.
void RunRecord::mark(const Notice& notice) {
    if (notice.id == "health") m_health = notice.text;
    if (notice.step < 0 || (notice.id == "health" && notice.level == NoticeLevel::Info)) return;
    m_marks.push_back({notice.step, notice.level == NoticeLevel::Info ? MarkKind::Notice : MarkKind::Problem, notice.text});
}

void RunRecord::setGlance(const RunGlance& glance) {
    if (m_loaded || m_job != 0) return;
    m_glance = glance;
    Q_EMIT framesChanged();
}

void RunRecord::refreshGlance() {
    m_glance.known = true;
    m_glance.state = m_state;
    m_glance.lastStep = lastStep();
    if (!m_frames.empty()) m_glance.picture = m_frames.back();
}

void RunRecord::submitted(JobId job, const TrainRequest& request) {
    m_job = job;
    m_elsewhere = false;
    m_follower.reset();  // it is told now, not read
    m_error.reset();
    m_hasProgress = false;
    if (!request.resume)
        m_info.json = {{"family", request.family},
                       {"data", request.data},
                       {"preset", request.preset},
                       {"seed", request.seed},
                       {"requested", request.config}};
    setState(RunState::Queued);
}

void RunRecord::started(JobId job, const JobStarted& started) {
    m_job = job;
    m_elsewhere = false;
    m_error.reset();
    m_health.reset();
    if (!started.metricNames.empty()) {  // told twice: first before they are known; now there is a run folder too
        m_curves.setNames(started.metricNames);
        if (const auto info = readRunInfo(m_folder); info && !m_info.json.contains("resolved")) m_info.json.update(info->json);
    }
    setState(RunState::Running);
    Q_EMIT curvesChanged();
}

void RunRecord::setState(RunState state) {
    m_state = state;
    refreshGlance();
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
    const bool copies = preview.kind == "reconstructions";
    if (preview.kind != "samples" && !copies) return;
    PreviewFrames& frames = copies ? m_copies : m_frames;
    PreviewFrame frame;
    frame.pairs = copies;
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
        std::lower_bound(frames.begin(), frames.end(), frame.step, [](const PreviewFrame& f, std::int64_t s) { return f.step < s; });
    if (at != frames.end() && at->step == frame.step)
        *at = std::move(frame);
    else
        frames.insert(at, std::move(frame));
    refreshGlance();
    Q_EMIT framesChanged();
}

void RunRecord::addCheckpoint(const CheckpointSaved& saved) {
    m_unsaved = false;
    if (saved.snapshot) return;
    m_marks.push_back({saved.step, MarkKind::Saved, Error{ErrorCode::Internal, IMAGO_TR("Saved.")}});
    Q_EMIT curvesChanged();
}

void RunRecord::addNotice(const Notice& notice) {
    mark(notice);
    Q_EMIT noticeAdded(notice);
    Q_EMIT stateChanged();
}

void RunRecord::changeLive(const LiveChanged& change) {
    m_live.push_back(change);
    // "Learning rate changed from …", as the form calls it.
    const FamilyEntry* family = m_catalogue ? m_catalogue->find(text("family")) : nullptr;
    const auto param = findParam(family ? family->config : kNoSchema, change.key);
    m_marks.push_back(
        {change.step, MarkKind::Notice,
         Error{ErrorCode::Internal,
               IMAGO_TR("{key} changed from {from} to {to}."),
               {{"key", param ? (*param)->label : change.key}, {"from", change.before.dump()}, {"to", change.value.dump()}}}});
    Q_EMIT stateChanged();
}

void RunRecord::resumed(const Resumed& resumed) {
    goBack(resumed.from);
    Q_EMIT stateChanged();
}

void RunRecord::finished(const JobFinished& finished) {
    m_job = 0;
    m_unsaved = false;
    m_error = finished.error;
    m_hasProgress = false;
    m_trainedSeconds = finished.result.value("seconds", m_trainedSeconds);
    setState(stateAfter(finished.reason));
}

}  // namespace imago
