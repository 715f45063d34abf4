#include "ui/workspaces/train/live_view.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/plots/loss_plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/banner.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/filmstrip.h"
#include "ui/widgets/sample_grid.h"
#include "ui/widgets/state_pill.h"
#include "ui/widgets/status_strip.h"
#include "ui/workspaces/train/run_record.h"

namespace imago {

LiveView::LiveView(QWidget* parent) : QWidget(parent) {
    build();
    connectCursor();
    retranslate();
    setRecord(nullptr);
}

void LiveView::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* header = new QHBoxLayout;
    header->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::gap);
    header->setSpacing(measure::padding);
    m_name = new TitleLabel(this);
    m_name->setMinimumHeight(measure::control);  // the line keeps its height whatever stands beside it
    m_pill = new StatePill(this);
    m_sentence = new ElidedLabel(this);
    header->addWidget(m_name);
    header->addWidget(m_pill);
    header->addWidget(m_sentence, 1);
    m_gridCaption = new CaptionLabel(this);
    m_copies = new QToolButton(this);
    m_copies->setCheckable(true);
    m_smooth = new QToolButton(this);
    m_smooth->setCheckable(true);
    m_smooth->setAutoRaise(true);
    m_smooth->setIcon(themedIcon("smooth"));
    header->addWidget(m_gridCaption);
    header->addWidget(m_copies);
    header->addWidget(m_smooth);
    m_banner = new Banner(this);
    m_grid = new SampleGrid(this);
    m_plot = new LossPlot(this);
    m_plot->setMinimumHeight(measure::plotLeast);
    m_plot->setMaximumHeight(measure::plotMost);
    m_film = new Filmstrip(this);
    column->addLayout(header);
    column->addWidget(m_banner);
    column->addWidget(m_grid, 7);
    column->addWidget(m_plot, 2);
    column->addWidget(m_film);
    buildControls(column);
    connect(m_copies, &QToolButton::toggled, this, [this] {
        useFrames();
        refreshFrames();
    });
    connect(m_smooth, &QToolButton::toggled, m_grid, &SampleGrid::setSmooth);
    connect(m_plot, &LossPlot::expandToggled, this, [this, column](bool expanded) {
        m_plot->setMaximumHeight(expanded ? QWIDGETSIZE_MAX : measure::plotMost);
        m_grid->setVisible(!expanded);
        column->setStretchFactor(m_plot, expanded ? 9 : 2);
    });
}

void LiveView::buildControls(QVBoxLayout* column) {
    auto* controls = new QHBoxLayout;
    controls->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::gap);
    controls->setSpacing(measure::gap);
    const auto button = [&](QPushButton*& target, const char* icon) {
        target = new QPushButton(themedIcon(icon), {}, this);
        controls->addWidget(target);
    };
    button(m_pause, "pause");
    button(m_continue, "play");
    button(m_more, "plus");
    button(m_stop, "stop");
    button(m_sample, "sample");
    button(m_save, "save");
    controls->addStretch(1);
    m_left = new NumberLabel(this);
    controls->addWidget(m_left);
    button(m_discard, "discard");
    column->addLayout(controls);
    m_moreMenu = new QMenu(m_more);
    for (const int minutes : {5, 20, 60})
        connect(m_moreMenu->addAction(QString()), &QAction::triggered, this, [this, minutes] { Q_EMIT moreWanted(minutes); });
    m_more->setMenu(m_moreMenu);
    connect(m_pause, &QPushButton::clicked, this, &LiveView::pauseWanted);
    connect(m_continue, &QPushButton::clicked, this, &LiveView::continueWanted);
    connect(m_stop, &QPushButton::clicked, this, &LiveView::stopWanted);
    connect(m_discard, &QPushButton::clicked, this, &LiveView::discardWanted);
    connect(m_sample, &QPushButton::clicked, this, &LiveView::sampleWanted);
    connect(m_save, &QPushButton::clicked, this, &LiveView::saveWanted);
}

void LiveView::connectCursor() {
    connect(m_plot, &LossPlot::xRangeChanged, m_film, &Filmstrip::setRange);
    connect(m_plot, &LossPlot::cursorMoved, this, [this](double step) {
        const int frame = m_record && step >= 0 ? frameAt(frames(), step) : -1;
        m_film->setCursor(frame);
        showMoment(frame, frame >= 0);
    });
    connect(m_plot, &LossPlot::stepClicked, this, [this](double step) {
        if (!m_record) return;
        const int frame = frameAt(frames(), step);
        m_film->setPinned(frame == int(frames().size()) - 1 ? -1 : frame);
        refreshCaption();
    });
    connect(m_film, &Filmstrip::hovered, this, [this](int frame) { showMoment(frame, false); });
    connect(m_film, &Filmstrip::picked, this, [this](int frame) { showMoment(frame, false); });
    connect(m_grid, &SampleGrid::scrubbed, this, [this](int frame) {
        // One tile looks back by itself; strip and curve show where.
        m_film->setCursor(frame);
        m_plot->setCursorStep(m_record && frame >= 0 ? double(frames()[std::size_t(frame)].step) : -1);
    });
    connect(m_grid, &SampleGrid::tileSelected, m_film, &Filmstrip::setTile);
}

// The moment under the cursor, else the pinned one, else the newest.
void LiveView::showMoment(int frame, bool fromPlot) {
    const int shown = frame >= 0 ? frame : m_film->pinned();
    m_grid->setCurrent(shown);
    if (!fromPlot)
        m_plot->setCursorStep(m_record && shown >= 0 && shown < int(frames().size()) ? double(frames()[std::size_t(shown)].step) : -1);
    refreshCaption();
}

void LiveView::setRecord(RunRecord* record) {
    if (m_record) disconnect(m_record, nullptr, this, nullptr);
    m_record = record;
    m_plot->setMarks(record ? &record->marks() : nullptr);
    m_copies->setChecked(false);
    useFrames();
    m_plot->setCurves(record ? &record->curves() : nullptr);
    m_banner->dismiss();
    if (record) {
        connect(record, &RunRecord::curvesChanged, m_plot, &LossPlot::refresh);
        connect(record, &RunRecord::framesChanged, this, &LiveView::refreshFrames);
        connect(record, &RunRecord::stateChanged, this, &LiveView::refreshState);
        connect(record, &RunRecord::progressChanged, this, &LiveView::refreshState);
        connect(record, &RunRecord::noticeAdded, this, [this](const Notice& notice) {
            if (notice.level != NoticeLevel::Info) m_banner->show(notice.level, notice.text);
        });
        if (record->error()) m_banner->show(NoticeLevel::Error, *record->error());
    }
    refreshFrames();
    refreshState();
}

const PreviewFrames& LiveView::frames() const {
    return m_copies->isChecked() ? m_record->copies() : m_record->frames();
}

void LiveView::useFrames() {
    m_grid->setFrames(m_record ? &frames() : nullptr);
    m_film->setFrames(m_record ? &frames() : nullptr);
}

void LiveView::showBanner(NoticeLevel level, const Error& what) {
    m_banner->show(level, what);
}

QString LiveView::sentence() const {
    return m_sentence->text();
}
QString LiveView::timeLeft() const {
    return m_left->text();
}

void LiveView::refreshFrames() {
    m_grid->framesChanged();
    m_film->framesChanged();
    refreshCaption();
}

void LiveView::refreshCaption() {
    const int frame = m_grid->shownFrame();
    const bool held = m_film->pinned() >= 0;
    const QString step = frame < 0 ? QString() : QLocale().toString(qint64(frames()[std::size_t(frame)].step));
    const bool copies = m_copies->isChecked();
    const QString words = copies ? held ? tr("Copies at step %1, held") : tr("Copies at step %1")
                          : held ? tr("Samples at step %1, held")
                                 : tr("Samples at step %1");
    m_gridCaption->setText(frame < 0 ? QString() : words.arg(step));
    m_copies->setVisible(m_record && !m_record->copies().empty());
    m_gridCaption->setToolTip(held ? tr("Click the newest moment on the filmstrip, or press Esc there, to follow the training again")
                                   : QString());
    m_smooth->setVisible(frame >= 0);
}

void LiveView::refreshState() {
    m_grid->setEmptyText(m_record ? tr("Samples of this run will appear here while it learns.")
                                  : tr("Choose pictures and a recipe at the right, then start. What the model makes will appear here."));
    const RunState state = m_record ? m_record->state() : RunState::Stopped;
    const bool ours = m_record && m_record->job() != 0;
    const bool running = state == RunState::Running, paused = state == RunState::Paused;
    const QString name = m_record ? m_record->name() : tr("New run");
    m_name->setText(m_name->fontMetrics().elidedText(name, Qt::ElideMiddle, measure::runNameMost));
    m_name->setToolTip(m_name->text() == name ? QString() : name);
    m_pill->setState(state);
    m_pill->setVisible(m_record != nullptr && (m_record->loaded() || m_record->active() || m_record->lastStep() >= 0 || m_record->error()));
    const QString sentence = m_record ? m_record->sentence() : QString();
    m_sentence->setText(sentence);
    m_pause->setText(paused ? tr("Resume") : tr("Pause"));
    m_pause->setIcon(themedIcon(paused ? "play" : "pause"));
    m_pause->setVisible(ours);
    m_pause->setEnabled(running || paused);
    m_stop->setVisible(ours);
    m_stop->setEnabled(ours && state != RunState::Stopping);
    m_discard->setVisible(ours);
    m_discard->setEnabled(ours && state != RunState::Stopping);
    m_sample->setVisible(ours);
    m_sample->setEnabled(running || paused);
    m_save->setVisible(ours);
    m_save->setEnabled(running || paused);
    m_continue->setVisible(m_record && !m_record->active() && state != RunState::Finished && m_record->lastStep() >= 0);
    m_more->setVisible(m_record && !m_record->active() && state == RunState::Finished && m_record->trainedSeconds() >= 0);
    m_grid->setRendering(running || state == RunState::Queued);
    const bool counting = m_record && m_record->hasProgress() && running;
    if (!counting)
        m_left->clear();
    else if (m_record->progress().secondsLeft < 0)
        m_left->setText(tr("Estimating the time left"));
    else
        m_left->setText(timeLeftText(m_record->progress().secondsLeft));
    if (m_record && m_record->error() && state == RunState::Failed && !m_banner->isVisible())
        m_banner->show(NoticeLevel::Error, *m_record->error());
}

// In a narrow window the two verbs with plain pictures do without their words.
void LiveView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool compact = width() < measure::compactRun;
    if (compact == m_compact) return;
    m_compact = compact;
    retranslate();
}

void LiveView::retranslate() {
    m_stop->setText(tr("Stop"));
    m_stop->setToolTip(tr("Finishes the step, saves, ends (Shift+F5)"));
    m_pause->setToolTip(tr("Waits after this step; nothing is lost (Ctrl+P)"));
    m_discard->setAccessibleName(tr("Stop without saving"));
    m_discard->setToolTip(tr("Stop without saving: ends at once; what came after the last saved moment is lost"));
    m_sample->setText(m_compact ? QString() : tr("Sample now"));
    m_sample->setAccessibleName(tr("Sample now"));
    m_sample->setToolTip(tr("Makes the samples of this moment"));
    m_save->setText(m_compact ? QString() : tr("Save now"));
    m_save->setAccessibleName(tr("Save now"));
    m_save->setToolTip(tr("Saves this moment, to go on from here later"));
    m_continue->setText(tr("Continue"));
    m_continue->setToolTip(tr("Goes on from the last saved moment"));
    m_more->setText(tr("Train longer"));
    m_more->setToolTip(tr("Goes on beyond the end that was planned"));
    const QString more[] = {tr("5 minutes more"), tr("20 minutes more"), tr("One hour more")};
    for (int i = 0; i < m_moreMenu->actions().size(); ++i) m_moreMenu->actions()[i]->setText(more[i]);
    m_copies->setText(tr("Copies"));
    m_copies->setToolTip(tr("Shows real pictures, and below each what the model makes of it"));
    m_smooth->setToolTip(tr("Smooth the enlarged pictures"));
    m_smooth->setAccessibleName(tr("Smooth the enlarged pictures"));
    refreshState();
    refreshCaption();
}

void LiveView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
