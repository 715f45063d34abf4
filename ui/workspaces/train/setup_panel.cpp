#include "ui/workspaces/train/setup_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
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
#include "ui/forms/field_row.h"
#include "ui/forms/schema_form.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"
#include "ui/widgets/status_strip.h"
#include "ui/workspaces/train/run_record.h"

namespace imago {

namespace {

enum DataRow { Clothes, Shapes, Folder, IndexFile, Chosen };

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
    auto* setup = new QWidget;
    auto* live = new QWidget;
    buildSetup(setup);
    buildLive(live);
    m_pages->addWidget(setup);
    m_pages->addWidget(live);
    for (const FamilyEntry& entry : m_catalogue.families) m_kindBox->addItem(QString(), QString::fromStdString(entry.id));
    const bool several = m_catalogue.families.size() > 1;
    m_kindBox->setVisible(several);
    m_kindCaption->setVisible(several);
    retranslate();
    applyFamily();
    connect(bridge, &StudioBridge::engineReady, this, &SetupPanel::refreshStart);
    connect(bridge, &StudioBridge::engineFailed, this, &SetupPanel::refreshStart);
    connect(bridge, &StudioBridge::jobFinished, this, [this](JobId job, const JobFinished& finished) {
        if (job != m_inspection) return;
        m_inspection = 0;
        m_dataError = finished.error;
        if (finished.result.contains("count") && finished.result["count"].is_number())
            m_pictures = finished.result["count"].get<std::int64_t>();
        retranslate();
        refreshStart();
    });
    refreshStart();
}

void SetupPanel::buildSetup(QWidget* page) {
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_scroll = new QScrollArea(page);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setWidgetResizable(true);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* body = new QWidget;
    auto* inner = new QVBoxLayout(body);
    inner->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::padding);
    inner->setSpacing(measure::gap);
    m_dataCaption = new SectionLabel(body);
    m_dataBox = wideBox(body);
    m_dataNote = new CaptionLabel(body);
    m_kindCaption = new SectionLabel(body);
    m_kindBox = wideBox(body);
    m_presetCaption = new SectionLabel(body);
    m_presetBox = wideBox(body);
    m_presetNote = new CaptionLabel(body);
    m_amountCaption = new SectionLabel(body);
    m_amount = new QLineEdit(body);
    m_amount->setAlignment(Qt::AlignRight);
    m_unitBox = wideBox(body);
    m_unitBox->addItem(QString(), "minutes");
    m_unitBox->addItem(QString(), "steps");
    m_seedLabel = new QLabel(body);
    m_seed = new QLineEdit("0", body);
    m_seed->setAlignment(Qt::AlignRight);
    m_seed->setFixedWidth(132);
    for (QLabel* note : {m_dataNote, m_presetNote}) note->setWordWrap(true);
    m_form = new SchemaForm(body);
    auto* amountRow = new QHBoxLayout;
    amountRow->addWidget(m_amount, 1);
    amountRow->addWidget(m_unitBox, 1);
    auto* seedRow = new QHBoxLayout;
    seedRow->addWidget(m_seedLabel, 1);
    seedRow->addWidget(m_seed);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_dataCaption, m_dataBox, m_dataNote, m_kindCaption, m_kindBox, m_presetCaption,
                                                           m_presetBox, m_presetNote, m_amountCaption})
        inner->addWidget(widget);
    inner->addLayout(amountRow);
    inner->addLayout(seedRow);
    inner->addSpacing(measure::gap);
    inner->addWidget(m_form);
    inner->addStretch(1);
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
    connect(m_dataBox, &QComboBox::activated, this, &SetupPanel::dataChosen);
    connect(m_kindBox, &QComboBox::activated, this, &SetupPanel::applyFamily);
    connect(m_presetBox, &QComboBox::activated, this, &SetupPanel::applyPreset);
    connect(m_start, &QPushButton::clicked, this, &SetupPanel::startNow);
    connect(m_form, &SchemaForm::edited, this, [this] {
        m_startError.reset();
        refreshStart();
    });
    connect(m_form, &SchemaForm::errorShown, this, [this](QWidget* field) {
        m_scroll->widget()->layout()->activate();
        m_scroll->ensureWidgetVisible(field);
    });
}

void SetupPanel::buildLive(QWidget* page) {
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(measure::padding, measure::gap, measure::padding, measure::padding);
    column->setSpacing(measure::gap);
    m_liveTitle = new SectionLabel(page);
    m_liveSummary = new QLabel(page);
    m_liveSummary->setWordWrap(true);
    m_liveNote = new CaptionLabel(page);
    m_liveNote->setWordWrap(true);
    m_liveForm = new SchemaForm(page);
    m_liveForm->setLiveOnly(true);
    column->addWidget(m_liveTitle);
    column->addWidget(m_liveSummary);
    column->addSpacing(measure::gap);
    column->addWidget(m_liveNote);
    column->addWidget(m_liveForm);
    column->addStretch(1);
    connect(m_liveForm, &SchemaForm::liveEdited, this, &SetupPanel::liveEdited);
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
    m_data = data;
    m_pictures.reset();
    m_dataError.reset();
    retranslate();
    inspectData();
    refreshStart();
}

void SetupPanel::dataChosen(int index) {
    switch (m_dataBox->itemData(index).toInt()) {
        case Clothes:
            return chooseData("fashion-mnist");
        case Shapes:
            return chooseData("shapes");
        case Folder:
            return browseFolder();
        case IndexFile:
            return browseFile();
        default:
            return;
    }
}

void SetupPanel::browseFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder of pictures"));
    if (folder.isEmpty()) return retranslate();
    chooseData("folder:" + folder.toStdString());
}

void SetupPanel::browseFile() {
    const QString file = QFileDialog::getOpenFileName(this, tr("Choose a file of pictures (IDX)"), {},
                                                      tr("IDX files (*ubyte *ubyte.gz *.idx *.idx.gz);;All files (*)"));
    if (file.isEmpty()) return retranslate();
    chooseData("idx:" + file.toStdString());
}

void SetupPanel::inspectData() {
    if (!m_bridge->ready() || (m_data.rfind("folder:", 0) != 0 && m_data.rfind("idx:", 0) != 0)) return;
    InspectDataRequest request;
    request.data = m_data;
    auto job = m_bridge->submit(request);
    if (job)
        m_inspection = *job;
    else
        m_dataError = job.error();
    retranslate();
}

TrainRequest SetupPanel::request() const {
    TrainRequest request;
    const FamilyEntry* entry = family();
    request.family = entry ? entry->id : std::string();
    request.data = m_data;
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
    else if (m_dataError)
        why = errorText(*m_dataError), mayStart = false;
    else if (m_form->hasErrors())
        why = tr("One setting needs a look; it is marked above.");
    else if (!m_bridge->ready())
        why = tr("The engine is being loaded.");
    m_start->setEnabled(mayStart);
    m_start->setToolTip(why);
    makeDanger(m_errorLabel, m_bridge->ready() || m_bridge->loadError());
    m_errorLabel->setText(why);
    m_errorLabel->setVisible(!why.isEmpty());
}

void SetupPanel::showSetup() {
    m_record = nullptr;
    m_pages->setCurrentIndex(0);
}

void SetupPanel::showLive(RunRecord* record) {
    if (m_record == record && showsLive()) return;
    m_record = record;
    Json config = Json::object();
    const Json& json = record->info().json;
    if (json.contains("resolved") && json["resolved"].is_object()) config = json["resolved"];
    if (const FamilyEntry* entry = m_catalogue.find(json.contains("family") ? json["family"].get<std::string>() : request().family)) {
        m_liveForm->setSchema(entry->config, config);
        m_liveForm->setLiveOnly(true);
    }
    m_pages->setCurrentIndex(1);
    retranslate();
}

bool SetupPanel::showsLive() const {
    return m_pages->currentIndex() == 1;
}

void SetupPanel::retranslate() {
    m_dataCaption->setText(tr("Pictures to learn from"));
    m_kindCaption->setText(tr("Kind of model"));
    m_presetCaption->setText(tr("Recipe"));
    m_amountCaption->setText(tr("Train for"));
    m_seedLabel->setText(tr("Seed"));
    m_seedLabel->setToolTip(tr("The same seed and settings give the same model again"));
    m_seed->setAccessibleName(tr("Seed"));
    m_start->setText(tr("Start training"));
    m_unitBox->setItemText(0, tr("minutes"));
    m_unitBox->setItemText(1, tr("steps"));
    m_amount->setAccessibleName(tr("Train for"));
    m_unitBox->setAccessibleName(tr("minutes or steps"));
    m_dataBox->setAccessibleName(m_dataCaption->text());
    m_presetBox->setAccessibleName(m_presetCaption->text());
    m_kindBox->setAccessibleName(m_kindCaption->text());
    for (int i = 0; i < m_kindBox->count() && i < int(m_catalogue.families.size()); ++i)
        m_kindBox->setItemText(i, coreText(m_catalogue.families[std::size_t(i)].label));
    if (const FamilyEntry* entry = family())
        for (int i = 0; i < m_presetBox->count() && i < int(entry->presets.size()); ++i)
            m_presetBox->setItemText(i, coreText(entry->presets[std::size_t(i)].label));
    m_presetNote->setText(presetEntry() ? coreText(presetEntry()->help) : QString());

    m_dataBox->clear();
    m_dataBox->addItem(themedIcon("shirt"), tr("Clothes (Fashion-MNIST)"), Clothes);
    m_dataBox->addItem(themedIcon("shapes"), tr("Simple shapes"), Shapes);
    int current = m_data == "fashion-mnist" ? 0 : m_data == "shapes" ? 1 : -1;
    QString note;
    if (current == 0)
        note = tr("60,000 small grey pictures of clothes in ten kinds; they come with Imago.");
    else if (current == 1)
        note = tr("Coloured circles, squares and triangles that Imago draws itself.");
    else {
        const std::string path = m_data.substr(m_data.find(':') + 1);
        m_dataBox->addItem(themedIcon("pictures"), QString::fromStdString(path.substr(path.find_last_of('/') + 1)), Chosen);
        current = m_dataBox->count() - 1;
        m_dataBox->setItemData(current, QString::fromStdString(path), Qt::ToolTipRole);
        if (m_inspection)
            note = tr("Looking at the pictures.");
        else if (m_pictures) {
            const int n = int(*m_pictures);
            if (n < 20)
                note = tr("%n picture(s): expect variations of your pictures.", nullptr, n);
            else if (n <= 2000)
                note = tr("%n picture(s): it may repeat some of them; more pictures give more freedom.", nullptr, n);
            else
                note = tr("%n picture(s): enough to learn from scratch.", nullptr, n);
        }
    }
    m_dataBox->addItem(themedIcon("folder"), tr("A folder of pictures…"), Folder);
    m_dataBox->addItem(themedIcon("folder"), tr("A file of pictures (IDX)…"), IndexFile);
    m_dataBox->setCurrentIndex(current);
    m_dataNote->setText(note);
    m_dataNote->setVisible(!note.isEmpty());

    m_liveTitle->setText(tr("This training"));
    m_liveNote->setText(tr("These may change while it learns; each change is marked on the curve."));
    if (m_record) {
        const Json& json = m_record->info().json;
        const auto text = [&](const char* key) {
            return json.contains(key) && json[key].is_string() ? QString::fromStdString(json[key].get<std::string>()) : QString();
        };
        const QString dataId = text("data").isEmpty() ? QString::fromStdString(m_data) : text("data");
        QStringList lines;
        lines << tr("Pictures: %1")
                     .arg(dataId == "fashion-mnist" ? tr("Clothes (Fashion-MNIST)")
                          : dataId == "shapes"      ? tr("Simple shapes")
                                                    : dataId);
        if (presetEntry()) lines << tr("Recipe: %1").arg(coreText(presetEntry()->label));
        m_liveSummary->setText(lines.join("\n"));
    }
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
