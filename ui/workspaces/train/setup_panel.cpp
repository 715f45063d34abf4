#include "ui/workspaces/train/setup_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/bridge/core_text.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/forms/schema_form.h"
#include "ui/forms/unit_edit.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/train/data_picker.h"
#include "ui/workspaces/train/live_panel.h"
#include "ui/workspaces/train/preflight_note.h"

namespace imago {

namespace {

QComboBox* wideBox(QWidget* parent) {
    auto* box = new QComboBox(parent);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
    return box;
}

}  // namespace

SetupPanel::SetupPanel(StudioBridge* bridge, Catalogue catalogue, QWidget* parent)
    : QWidget(parent), m_bridge(bridge), m_catalogue(std::move(catalogue)), m_pages(new QStackedWidget(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_pages);
    m_pages->addWidget(buildSetup());
    m_live = new LivePanel(&m_catalogue);
    m_pages->addWidget(m_live);
    connectSetup();
    for (const FamilyEntry& entry : m_catalogue.families) m_kindBox->addItem(QString(), QString::fromStdString(entry.id));
    const bool several = m_catalogue.families.size() > 1;
    m_kindBox->setVisible(several);
    m_kindCaption->setVisible(several);
    retranslate();
    applyFamily();
    refreshStart();
}

QWidget* SetupPanel::buildSetup() {
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_scroll = new QScrollArea(page);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);  // as wide as the padding: edges stay where they are
    m_scroll->setFocusPolicy(Qt::NoFocus);
    auto* body = new QWidget;
    buildFields(body);
    m_scroll->setWidget(body);
    body->setAutoFillBackground(false);
    m_scroll->viewport()->setAutoFillBackground(false);
    column->addWidget(m_scroll, 1);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::padding);
    m_errorLabel = new QLabel(page);
    m_errorLabel->setWordWrap(true);
    m_errorLabel->hide();
    m_start = new QPushButton(page);
    makePrimary(m_start);
    foot->addWidget(m_errorLabel);
    foot->addWidget(m_start);
    column->addLayout(foot);
    return page;
}

void SetupPanel::buildFields(QWidget* body) {
    auto* inner = new QVBoxLayout(body);
    static_assert(measure::scrollBar == measure::padding);  // the scroll bar stands in the padding at the right
    inner->setContentsMargins(measure::padding, measure::gap, 0, measure::padding);
    inner->setSpacing(measure::gap);
    m_data = new DataPicker(m_bridge, body);
    m_kindCaption = new SectionLabel(body);
    m_kindBox = wideBox(body);
    m_presetCaption = new SectionLabel(body);
    m_presetBox = wideBox(body);
    m_presetNote = new CaptionLabel(body);
    m_presetNote->setWordWrap(true);
    m_amountCaption = new SectionLabel(body);
    m_amount = new UnitEdit(body);
    m_unitBox = wideBox(body);
    m_unitBox->addItem(QString(), "minutes");
    m_unitBox->addItem(QString(), "steps");
    m_seedLabel = new QLabel(body);
    m_seed = new UnitEdit(body);
    m_seed->setText("0");
    m_seed->setFixedWidth(measure::valueWidth);
    m_seedLabel->setBuddy(m_seed);
    m_form = new SchemaForm(body);
    auto* amountRow = new QHBoxLayout;
    amountRow->addWidget(m_amount, 1);
    amountRow->addWidget(m_unitBox, 1);
    auto* seedRow = new QHBoxLayout;
    seedRow->addWidget(m_seedLabel, 1);
    seedRow->addWidget(m_seed);
    inner->addWidget(m_data);
    inner->addSpacing(measure::gap);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_kindCaption, m_kindBox, m_presetCaption, m_presetBox, m_presetNote})
        inner->addWidget(widget);
    inner->addSpacing(measure::gap);
    inner->addWidget(m_amountCaption);
    inner->addLayout(amountRow);
    inner->addLayout(seedRow);
    m_preflight = new PreflightNote(
        m_bridge,
        [this]() -> std::optional<TrainRequest> {
            if (!m_start->isEnabled() || !m_form->validate()) return std::nullopt;
            return request();
        },
        body);
    inner->addWidget(m_preflight);
    inner->addSpacing(measure::gap);
    inner->addWidget(m_form);
    inner->addStretch(1);
}

void SetupPanel::connectSetup() {
    connect(m_data, &DataPicker::changed, this, &SetupPanel::refreshStart);
    connect(m_data, &DataPicker::changed, this, [this, measured = m_data->data()]() mutable {
        if (measured != m_data->data()) m_preflight->forget();  // another choice, not only more known of it
        measured = m_data->data();
    });
    connect(m_kindBox, &QComboBox::activated, this, &SetupPanel::applyFamily);
    connect(m_presetBox, &QComboBox::activated, this, &SetupPanel::applyPreset);
    connect(m_start, &QPushButton::clicked, this, &SetupPanel::startNow);
    connect(m_live, &LivePanel::edited, this, &SetupPanel::liveEdited);
    connect(m_bridge, &StudioBridge::engineReady, this, &SetupPanel::refreshStart);
    connect(m_bridge, &StudioBridge::engineFailed, this, &SetupPanel::refreshStart);
    for (QLineEdit* edit : {m_amount, m_seed})
        connect(edit, &QLineEdit::textEdited, this, [this, edit] {
            markInvalid(edit, false);
            m_startError.reset();
            refreshStart();
        });
    connect(m_form, &SchemaForm::edited, this, [this] {
        m_startError.reset();
        m_preflight->forget();
        refreshStart();
    });
    connect(m_form, &SchemaForm::errorShown, this, [this](QWidget* field) {
        m_scroll->widget()->layout()->activate();
        m_scroll->ensureWidgetVisible(field);
    });
}

const FamilyEntry* SetupPanel::family() const {
    const FamilyEntry* found = m_catalogue.find(m_kindBox->currentData().toString().toStdString());
    return found ? found : m_catalogue.families.empty() ? nullptr : &m_catalogue.families.front();
}

const PresetEntry* SetupPanel::presetEntry() const {
    const FamilyEntry* entry = family();
    const int index = m_presetBox->currentIndex();
    return entry && index >= 0 && index < int(entry->presets.size()) ? &entry->presets[std::size_t(index)] : nullptr;
}

std::string SetupPanel::preset() const {
    return presetEntry() ? presetEntry()->id : std::string();
}

void SetupPanel::applyFamily() {
    const FamilyEntry* entry = family();
    m_presetBox->clear();
    if (!entry) return;
    for (const PresetEntry& preset : entry->presets) m_presetBox->addItem(coreText(preset.label), QString::fromStdString(preset.id));
    const bool any = !entry->presets.empty();
    for (QWidget* widget : std::initializer_list<QWidget*>{m_presetCaption, m_presetBox, m_presetNote}) widget->setVisible(any);
    applyPreset();
}

void SetupPanel::applyPreset() {
    const FamilyEntry* entry = family();
    if (!entry) return;
    const PresetEntry* preset = presetEntry();
    m_form->setSchema(entry->config, preset ? preset->config : Json::object());
    m_preflight->forget();
    const bool steps = preset && preset->steps;
    m_unitBox->setCurrentIndex(steps ? 1 : 0);
    m_amount->setText(steps ? QString::number(*preset->steps)
                            : QLocale().toString(preset && preset->minutes ? *preset->minutes : 20.0, 'g', 6));
    retranslate();
    refreshStart();
}

void SetupPanel::choosePreset(const std::string& preset) {
    const int index = m_presetBox->findData(QString::fromStdString(preset));
    if (index < 0) return;
    m_presetBox->setCurrentIndex(index);
    applyPreset();
}

void SetupPanel::chooseData(const std::string& data) {
    m_startError.reset();
    m_data->choose(data);
}

std::string SetupPanel::data() const {
    return m_data->data();
}

SchemaForm* SetupPanel::liveForm() const {
    return m_live->form();
}

TrainRequest SetupPanel::request() const {
    TrainRequest request;
    const FamilyEntry* entry = family();
    request.family = entry ? entry->id : std::string();
    request.data = data();
    request.preset = preset();
    request.config = m_form->requested();
    bool ok = false;
    double amount = QLocale().toDouble(m_amount->text(), &ok);
    if (!ok) amount = QLocale::c().toDouble(m_amount->text(), &ok);
    if (ok && m_unitBox->currentIndex() == 0) request.minutes = amount;
    if (ok && m_unitBox->currentIndex() == 1) request.steps = std::int64_t(amount);
    request.seed = m_seed->text().trimmed().toULongLong();
    return request;
}

void SetupPanel::startNow() {
    m_startError.reset();
    refreshStart();
    if (!m_start->isEnabled()) return;
    if (!m_form->validate()) return refreshStart();
    const TrainRequest wanted = request();
    const bool amountBad = !(wanted.minutes && *wanted.minutes > 0) && !(wanted.steps && *wanted.steps > 0);
    bool seedOk = false;
    (void)m_seed->text().trimmed().toULongLong(&seedOk);
    markInvalid(m_amount, amountBad);
    markInvalid(m_seed, !seedOk);
    if (amountBad)
        m_startError = Error{ErrorCode::BadInput, IMAGO_TR("How long to train must be a number above zero.")};
    else if (!seedOk)
        m_startError = Error{ErrorCode::BadInput, IMAGO_TR("The seed must be a whole number, 0 or more.")};
    refreshStart();
    if (!m_startError) Q_EMIT startWanted(wanted);
}

void SetupPanel::showError(const Error& error) {
    m_form->showError(error);
    refreshStart();
}

QString SetupPanel::startError() const {
    return m_errorLabel->isHidden() ? QString() : m_errorLabel->text();
}

void SetupPanel::refreshStart() {
    QString why;
    bool mayStart = m_bridge->ready();
    if (m_bridge->loadError())
        why = errorText(*m_bridge->loadError());
    else if (m_startError)
        why = errorText(*m_startError);
    else if (m_data->error())
        why = errorText(*m_data->error()), mayStart = false;
    else if (m_form->hasErrors())
        why = tr("One setting needs a look; it is marked above.");
    else if (!m_bridge->ready())
        why = tr("The engine is being loaded.");
    m_start->setEnabled(mayStart);
    if (m_preflight) m_preflight->button()->setVisible(mayStart);
    m_start->setToolTip(why);
    makeDanger(m_errorLabel, m_bridge->ready() || m_bridge->loadError());
    m_errorLabel->setText(why);
    m_errorLabel->setVisible(!why.isEmpty());
}

void SetupPanel::showSetup() {
    m_live->setRecord(nullptr);
    m_pages->setCurrentIndex(0);
}

void SetupPanel::showLive(RunRecord* record) {
    m_live->setRecord(record);
    m_pages->setCurrentIndex(1);
}

bool SetupPanel::showsLive() const {
    return m_pages->currentIndex() == 1;
}

void SetupPanel::focusFirst() {
    m_data->box()->setFocus(Qt::OtherFocusReason);
}

void SetupPanel::retranslate() {
    m_kindCaption->setText(tr("Kind of model"));
    m_presetCaption->setText(tr("Recipe"));
    m_amountCaption->setText(tr("Train for"));
    m_seedLabel->setText(tr("Seed"));
    for (QWidget* widget : std::initializer_list<QWidget*>{m_seedLabel, m_seed})
        widget->setToolTip(tr("The same seed and settings give the same model again"));
    m_amount->setToolTip(tr("When this is reached the training saves and ends; it can be stopped earlier and go on later"));
    m_seed->setAccessibleName(tr("Seed"));
    m_start->setText(tr("Start training"));
    m_unitBox->setItemText(0, tr("minutes"));
    m_unitBox->setItemText(1, tr("steps"));
    m_amount->setAccessibleName(tr("Train for"));
    m_unitBox->setAccessibleName(tr("minutes or steps"));
    m_presetBox->setAccessibleName(m_presetCaption->text());
    m_kindBox->setAccessibleName(m_kindCaption->text());
    for (int i = 0; i < m_kindBox->count() && i < int(m_catalogue.families.size()); ++i)
        m_kindBox->setItemText(i, coreText(m_catalogue.families[std::size_t(i)].label));
    if (const FamilyEntry* entry = family())
        for (int i = 0; i < m_presetBox->count() && i < int(entry->presets.size()); ++i)
            m_presetBox->setItemText(i, coreText(entry->presets[std::size_t(i)].label));
    m_presetNote->setText(presetEntry() ? coreText(presetEntry()->help) : QString());
    refreshStart();
}

void SetupPanel::paintEvent(QPaintEvent*) {
    QPainter(this).fillRect(rect(), coloursOf(this).panel);
}

void SetupPanel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
