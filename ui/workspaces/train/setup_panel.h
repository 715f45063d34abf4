// SetupPanel: what to train on, which recipe, how long, and the form; Start below. While a run of ours goes it folds to a
// summary with the live fields. GUI thread.
#pragma once

#include <QWidget>

#include <optional>

#include "core/base/error.h"
#include "core/engine/request.h"
#include "ui/bridge/catalogue.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;
class QStackedWidget;

namespace imago {

class DataPicker;
class LivePanel;
class PreflightNote;
class SchemaForm;
class StudioBridge;
class RunRecord;

class SetupPanel : public QWidget {
    Q_OBJECT
  public:
    SetupPanel(StudioBridge* bridge, Catalogue catalogue, QWidget* parent = nullptr);
    void chooseData(const std::string& data);  // "fashion-mnist", "folder:/..."
    void choosePreset(const std::string& preset);
    std::string data() const;
    std::string preset() const;
    TrainRequest request() const;        // without the run folder
    void showError(const Error& error);  // at its field, if it has one here
    void showSetup();
    void showLive(RunRecord* record);  // the summary of a run of ours that goes on
    bool showsLive() const;
    void startNow();  // as the button
    void focusFirst();

    SchemaForm* form() const { return m_form; }
    SchemaForm* liveForm() const;
    DataPicker* dataPicker() const { return m_data; }
    const Catalogue& catalogue() const { return m_catalogue; }
    PreflightNote* preflight() const { return m_preflight; }
    QPushButton* startButton() const { return m_start; }
    QString startError() const;

  Q_SIGNALS:
    void startWanted(const TrainRequest& request);
    void liveEdited(const std::string& path, const Json& value);

  protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    QWidget* buildSetup();
    void buildFields(QWidget* body);
    void connectSetup();
    void retranslate();
    void applyFamily();
    void applyPreset();
    void refreshStart();
    const FamilyEntry* family() const;
    const PresetEntry* presetEntry() const;

    StudioBridge* m_bridge;
    Catalogue m_catalogue;
    std::optional<Error> m_startError;

    QStackedWidget* m_pages;
    QScrollArea* m_scroll = nullptr;
    DataPicker* m_data = nullptr;
    QLabel *m_kindCaption = nullptr, *m_presetCaption = nullptr, *m_presetNote = nullptr;
    QLabel *m_amountCaption = nullptr, *m_errorLabel = nullptr, *m_seedLabel = nullptr;
    QComboBox *m_kindBox = nullptr, *m_presetBox = nullptr, *m_unitBox = nullptr;
    QLineEdit *m_amount = nullptr, *m_seed = nullptr;
    SchemaForm* m_form = nullptr;
    PreflightNote* m_preflight = nullptr;
    QPushButton* m_start = nullptr;
    LivePanel* m_live = nullptr;
};

}  // namespace imago
