// The whole window on a MockStudio, in a temporary folder, as the tests of the window need it.
#pragma once

#include <QApplication>
#include <QTemporaryDir>
#include <QTest>
#include <functional>

#include "core/config/presets.h"
#include "core/models/family_info.h"
#include "tests/support/mock_studio.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/train/live_view.h"
#include "ui/workspaces/train/run_record.h"
#include "ui/workspaces/train/setup_panel.h"
#include "ui/workspaces/train/train_workspace.h"
#include "ui/workspaces/workspaces.h"

namespace imago::test {

inline Catalogue realCatalogue() {
    Catalogue catalogue;
    for (const FamilyInfo& info : familyInfos()) {
        if (!info.abilities.generates) continue;
        FamilyEntry entry{info.id, info.label, info.help, info.config, {}};
        for (const Preset& preset : presetsOf(info.id))
            entry.presets.push_back({preset.id, preset.label, preset.help, preset.config, preset.minutes, {}});
        catalogue.families.push_back(std::move(entry));
    }
    return catalogue;
}

struct StudioFixture {
    // another: a workspace after those of the program.
    explicit StudioFixture(bool withEngine = true, ThemeId theme = ThemeId::Dark, const QString& languageId = "en",
                           std::function<std::unique_ptr<Workspace>(StudioBridge*)> another = {})
        : preferences(folder.filePath("studio.ini")), language(*qApp) {
        preferences.setTheme(theme);
        preferences.setLanguage(languageId);
        language.use(languageId);
        applyTheme(*qApp, theme, language.chinese());
        auto workspaces = makeWorkspaces({&bridge, realCatalogue(), folder.filePath("runs").toStdString()});
        if (another) workspaces.push_back(another(&bridge));
        window = std::make_unique<MainWindow>(&bridge, std::move(workspaces), &preferences, &language);
        window->resize(1600, 1000);
        window->show();
        if (withEngine) connectEngine();
    }
    ~StudioFixture() {
        window.reset();
        bridge.closeEngine();
    }
    void connectEngine() {
        auto studio = std::make_unique<MockStudio>(realCatalogue().families.front().config);
        mock = studio.get();
        bridge.setStudio(std::move(studio));
    }
    TrainWorkspace* train() const { return window->findChild<TrainWorkspace*>(); }
    // Starts a training on the mock and plays some of its steps.
    RunRecord* startTraining(int steps) {
        train()->startWith("fashion-mnist", "");
        mock->play(mock->lastTraining, steps);
        QCoreApplication::processEvents();
        return train()->current();
    }
    void shot(const QString& name) {
        QCoreApplication::processEvents();
        const QString to = qEnvironmentVariable("IMAGO_SHOTS");  // a folder for pictures of the window, for looking at
        if (!to.isEmpty()) window->grab().save(to + "/" + name + ".png");
    }

    QTemporaryDir folder;
    Preferences preferences;
    Language language;
    StudioBridge bridge;
    MockStudio* mock = nullptr;
    std::unique_ptr<MainWindow> window;
};

}  // namespace imago::test
