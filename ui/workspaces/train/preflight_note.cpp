#include "ui/workspaces/train/preflight_note.h"

#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/bridge/core_text.h"
#include "ui/bridge/job_port.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/status_strip.h"

namespace imago {

PreflightNote::PreflightNote(StudioBridge* bridge, std::function<std::optional<TrainRequest>()> wanted, QWidget* parent)
    : QWidget(parent),
      m_jobs(new JobPort(bridge, this)),
      m_wanted(std::move(wanted)),
      m_button(new QPushButton(this)),
      m_words(new CaptionLabel(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(measure::gap);
    m_words->setWordWrap(true);
    column->addWidget(m_button);
    column->addWidget(m_words);
    connect(m_button, &QPushButton::clicked, this, &PreflightNote::ask);
    connect(m_jobs, &JobPort::jobFinished, this, [this](JobId job, const JobFinished& finished) {
        if (m_job == 0 || job != m_job) return;
        m_job = 0;
        m_error = finished.error;
        if (!finished.error && finished.result.value("preflight", false)) m_result = finished.result;
        retranslate();
    });
    retranslate();
}

void PreflightNote::ask() {
    std::optional<TrainRequest> request = m_wanted();
    if (!request || m_job != 0) return;
    m_result.reset();
    m_error.reset();
    if (const auto job = m_jobs->submit(PreflightRequest{*request}, "preflight"))
        m_job = *job;
    else
        m_error = job.error();
    retranslate();
}

void PreflightNote::forget() {
    if (m_job != 0) m_jobs->cancel(m_job);
    m_job = 0;
    m_result.reset();
    m_error.reset();
    retranslate();
}

QString PreflightNote::text() const {
    return m_words->isHidden() ? QString() : m_words->text();
}

QString PreflightNote::words() const {
    if (m_error) return errorText(*m_error);
    if (!m_result) return {};
    const Json& r = *m_result;
    const QLocale locale;
    const auto size = [&](const char* key) { return locale.formattedDataSize(qint64(r.value(key, 0.0)), 1, QLocale::DataSizeSIFormat); };
    QStringList lines;
    lines << tr("%1 pictures, a network of %2 numbers.")
                 .arg(locale.toString(qint64(r.value("pictures", 0LL))), locale.toString(qint64(r.value("parameters", 0LL))));
    lines << tr("All pictures once: about %1 (%2 a second).")
                 .arg(durationText(r.value("seconds_per_epoch", 0.0)), rateText(r.value("images_per_second", 0.0)));
    lines << tr("Memory %1 of %2 that are free; disk up to %3 of %4.")
                 .arg(size("memory_bytes"), size("memory_free_bytes"), size("disk_bytes"), size("disk_free_bytes"));
    return lines.join('\n');
}

void PreflightNote::retranslate() {
    m_button->setText(m_job != 0 ? tr("Trying a few steps…") : tr("What will it take?"));
    m_button->setToolTip(tr("Tries a few steps and says what they took; nothing is kept"));
    m_button->setEnabled(m_job == 0);
    const QString note = words();
    m_words->setText(note);
    m_words->setVisible(!note.isEmpty());
}

void PreflightNote::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
