#include "ui/workspaces/train/live_panel.h"

#include <QEvent>
#include <QLocale>
#include <QVBoxLayout>

#include "ui/bridge/core_text.h"
#include "ui/forms/schema_form.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/train/data_picker.h"
#include "ui/workspaces/train/run_record.h"

namespace imago {

LivePanel::LivePanel(const Catalogue* catalogue, QWidget* parent)
    : QWidget(parent),
      m_catalogue(catalogue),
      m_title(new SectionLabel(this)),
      m_summary(new QLabel(this)),
      m_note(new CaptionLabel(this)),
      m_form(new SchemaForm(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::padding);
    column->setSpacing(measure::gap);
    m_summary->setWordWrap(true);
    m_note->setWordWrap(true);
    m_form->setLiveOnly(true);
    column->addWidget(m_title);
    column->addWidget(m_summary);
    column->addSpacing(measure::gap);
    column->addWidget(m_note);
    column->addWidget(m_form);
    column->addStretch(1);
    connect(m_form, &SchemaForm::liveEdited, this, &LivePanel::edited);
    retranslate();
}

void LivePanel::setRecord(RunRecord* record) {
    const FamilyEntry* family = record ? m_catalogue->find(record->text("family")) : nullptr;
    const std::optional<Json> config = family ? record->config(family) : std::nullopt;
    if (m_record == record && m_begun == config.has_value()) return;
    m_record = record;
    m_begun = config.has_value();
    if (config) m_form->setSchema(family->config, *config);
    m_note->setVisible(m_begun);
    m_form->setVisible(m_begun);
    retranslate();
}

void LivePanel::retranslate() {
    m_title->setText(tr("This training"));
    m_note->setText(tr("These may change while it learns; each change is marked on the curve."));
    if (!m_record) return m_summary->clear();
    QStringList lines;
    lines << tr("Pictures: %1").arg(dataWords(m_record->text("data")));
    if (const FamilyEntry* family = m_catalogue->find(m_record->text("family"))) {
        if (m_catalogue->families.size() > 1) lines << tr("Kind of model: %1").arg(coreText(family->label));
        for (const PresetEntry& preset : family->presets)
            if (preset.id == m_record->text("preset")) lines << tr("Recipe: %1").arg(coreText(preset.label));
    }
    if (const Json& seed = m_record->info().json.value("seed", Json()); seed.is_number())
        lines << tr("Seed: %1").arg(QString::number(seed.get<std::uint64_t>()));
    m_summary->setText(lines.join("\n"));
}

void LivePanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
