#include "ui/widgets/job_tray.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QProgressBar>
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
    JobRow(const JobStarted& started, QWidget* parent)
        : QWidget(parent),
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
        name = started.title;
        retranslate();
    }
    void retranslate() {
        title->setText(coreText(name));
        cancel->setToolTip(JobTray::tr("Stop this"));
        cancel->setAccessibleName(JobTray::tr("Stop this"));
        QStringList parts;
        if (!progress.stage.empty()) parts << coreText(progress.stage);
        if (const QString left = timeLeftText(progress.secondsLeft); !left.isEmpty()) parts << left;
        detail->setText(failed ? errorText(*failed) : ended ? QString() : parts.join(" · "));
    }
    std::string name;
    ElidedLabel* title;
    StatePill* pill;
    QProgressBar* bar;
    QLabel* detail;
    QToolButton* cancel;
    JobProgress progress;
    std::string kind;
    bool ended = false;
    std::optional<Error> failed;
};

JobTray::JobTray(StudioBridge* bridge, QWidget* parent)
    : QFrame(parent), m_bridge(bridge), m_column(new QVBoxLayout(this)), m_title(new TitleLabel(this)), m_empty(new CaptionLabel(this)) {
    setFixedWidth(measure::trayWidth);
    m_column->setContentsMargins(measure::padding, measure::padding, measure::padding, measure::padding);
    m_column->addWidget(m_title);
    m_column->addWidget(m_empty);
    m_column->addStretch(1);
    m_empty->setWordWrap(true);
    connect(bridge, &StudioBridge::jobStarted, this, [this](JobId job, const JobStarted& started) {
        if (started.quiet) return;  // its answer stands where it was asked
        if (m_rows.contains(job)) return;
        auto* row = new JobRow(started, this);
        row->kind = started.kind;
        m_rows[job] = row;
        m_column->insertWidget(2, row);
        connect(row->cancel, &QToolButton::clicked, this, [this, job, row] {
            if (row->ended) {
                m_rows.erase(job);
                row->deleteLater();
                m_empty->setVisible(m_rows.empty());
            } else if (row->kind == TrainRequest::kind) {
                m_bridge->stop(job);
            } else {
                m_bridge->cancel(job);
            }
        });
        m_empty->hide();
        Q_EMIT activeChanged(active());
    });
    connect(bridge, &StudioBridge::jobState, this, [this](JobId job, RunState state) {
        if (const auto it = m_rows.find(job); it != m_rows.end()) it->second->pill->setState(state);
    });
    connect(bridge, &StudioBridge::jobProgress, this, [this](JobId job, const JobProgress& progress) {
        const auto it = m_rows.find(job);
        if (it == m_rows.end()) return;
        it->second->bar->setRange(0, progress.total > 0 ? 1000 : 0);
        if (progress.total > 0) it->second->bar->setValue(int(1000.0 * double(progress.done) / double(progress.total)));
        it->second->progress = progress;
        it->second->retranslate();
    });
    connect(bridge, &StudioBridge::jobFinished, this, [this](JobId job, const JobFinished& finished) {
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
        Q_EMIT activeChanged(active());
    });
    retranslate();
}

int JobTray::active() const {
    return int(std::count_if(m_rows.begin(), m_rows.end(), [](const auto& row) { return !row.second->ended; }));
}

void JobTray::retranslate() {
    m_title->setText(tr("Jobs"));
    m_empty->setText(tr("Nothing is running. Trainings and samples in progress are listed here."));
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
