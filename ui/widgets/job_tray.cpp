#include "ui/widgets/job_tray.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QProgressBar>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/bridge/core_text.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/elided_label.h"
#include "ui/widgets/state_pill.h"
#include "ui/widgets/status_strip.h"

namespace imago {

class JobRow : public QWidget {
  public:
    JobRow(const JobStarted& what, const JobWords* itsWords, QWidget* parent)  // words: null for a kind that has none
        : QWidget(parent),
          started(what),
          words(itsWords ? std::optional(*itsWords) : std::nullopt),
          title(new ElidedLabel(this)),
          pill(new StatePill(this)),
          bar(new QProgressBar(this)),
          detail(new CaptionLabel(this)),
          cancel(new QToolButton(this)) {
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, measure::gap, 0, measure::gap);
        column->setSpacing(measure::grid);
        auto* row = new QHBoxLayout;
        row->addWidget(title, 1);
        row->addWidget(pill);
        row->addWidget(cancel);
        column->addLayout(row);
        column->addWidget(bar);
        column->addWidget(detail);
        bar->setTextVisible(false);
        bar->setFixedHeight(measure::gap);
        detail->setWordWrap(true);
        cancel->setIcon(themedIcon("close"));
        cancel->setAutoRaise(true);
        pill->setState(RunState::Running);
        retranslate();
    }
    void retranslate() {
        title->setText(words ? words->title(started) : coreText(started.title));
        cancel->setToolTip(JobTray::tr("Stop this"));
        cancel->setAccessibleName(JobTray::tr("Stop this"));
        QStringList parts;
        if (!progress.stage.empty()) parts << coreText(progress.stage);
        if (const QString left = timeLeftText(progress.secondsLeft); !left.isEmpty()) parts << left;
        detail->setText(failed ? errorText(*failed) : ended ? QString() : parts.join(" · "));
    }
    bool saves() const { return words && words->saves; }
    JobStarted started;
    std::optional<JobWords> words;
    ElidedLabel* title;
    StatePill* pill;
    QProgressBar* bar;
    QLabel* detail;
    QToolButton* cancel;
    JobProgress progress;
    bool ended = false;
    std::optional<Error> failed;
};

JobTray::JobTray(StudioBridge* bridge, QWidget* parent)
    : QFrame(parent),
      m_jobs(bridge->everyJob()),
      m_column(new QVBoxLayout(this)),
      m_title(new TitleLabel(this)),
      m_empty(new CaptionLabel(this)) {
    setFixedWidth(measure::trayWidth);
    m_column->setContentsMargins(measure::padding, measure::padding, measure::padding, measure::padding);
    m_column->addWidget(m_title);
    m_column->addWidget(m_empty);
    m_column->addStretch(1);
    m_empty->setWordWrap(true);
    connectJobs();
    retranslate();
}

void JobTray::addWords(std::span<const JobWords> words) {
    m_words.insert(m_words.end(), words.begin(), words.end());
}

void JobTray::connectJobs() {
    connect(m_jobs, &JobPort::jobStarted, this, [this](JobId job, const JobStarted& started) {
        if (!started.quiet && !m_rows.contains(job)) addRow(job, started);
    });
    connect(m_jobs, &JobPort::jobState, this, [this](JobId job, RunState state) {
        if (const auto it = m_rows.find(job); it != m_rows.end()) it->second->pill->setState(state);
    });
    connect(m_jobs, &JobPort::jobProgress, this, [this](JobId job, const JobProgress& progress) {
        const auto it = m_rows.find(job);
        if (it == m_rows.end()) return;
        it->second->bar->setRange(0, progress.total > 0 ? 1000 : 0);
        if (progress.total > 0) it->second->bar->setValue(int(1000.0 * double(progress.done) / double(progress.total)));
        it->second->progress = progress;
        it->second->retranslate();
    });
    connect(m_jobs, &JobPort::jobFinished, this, [this](JobId job, const JobFinished& finished) {
        const auto it = m_rows.find(job);
        if (it == m_rows.end()) return;
        JobRow* row = it->second;
        row->ended = true;
        row->failed = finished.error;
        row->pill->setState(finished.reason == FinishReason::Failed ? RunState::Failed
                            : finished.reason == FinishReason::Done ? RunState::Finished
                                                                    : RunState::Stopped);
        row->bar->hide();
        row->retranslate();
        if (finished.reason != FinishReason::Failed) QTimer::singleShot(m_lingerMs, row, [this, job] { removeRow(job); });
        Q_EMIT activeChanged(active());
    });
}

void JobTray::addRow(JobId job, const JobStarted& started) {
    auto* row = new JobRow(started, findWords(m_words, started.kind), this);
    m_rows[job] = row;
    m_column->insertWidget(2, row);
    connect(row->cancel, &QToolButton::clicked, this, [this, job, row] {
        if (row->ended)
            removeRow(job);
        else if (row->saves())
            m_jobs->stop(job);
        else
            m_jobs->cancel(job);
    });
    m_empty->hide();
    Q_EMIT activeChanged(active());
}

void JobTray::removeRow(JobId job) {
    const auto it = m_rows.find(job);
    if (it == m_rows.end()) return;
    it->second->deleteLater();
    m_rows.erase(it);
    m_empty->setVisible(m_rows.empty());
}

int JobTray::active() const {
    return int(std::count_if(m_rows.begin(), m_rows.end(), [](const auto& row) { return !row.second->ended; }));
}

void JobTray::retranslate() {
    m_title->setText(tr("Jobs"));
    m_empty->setText(tr("Nothing is running. What Imago is working on is listed here."));
    for (auto& [job, row] : m_rows) row->retranslate();
}

void JobTray::paintEvent(QPaintEvent*) {
    const Colours& c = coloursOf(this);
    QPainter painter(this);
    painter.fillRect(rect(), c.panel);
    painter.setPen(c.lineStrong);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

void JobTray::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QFrame::changeEvent(event);
}

}  // namespace imago
