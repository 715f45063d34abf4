// imago-studio: the composition root. It puts the window on the screen first, then opens the engine module.
#include <unistd.h>
#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QPainter>
#include <QTextStream>
#include <QTimer>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>

#include "core/config/presets.h"
#include "core/engine/run.h"
#include "core/models/family_info.h"
#include "core/studio.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/main_window.h"
#include "ui/preferences.h"
#include "ui/theme/theme.h"
#include "ui/workspaces/workspaces.h"

namespace {

using namespace imago;

Catalogue catalogueOfFamilies() {
    Catalogue catalogue;
    for (const FamilyInfo& info : familyInfos()) {
        if (!info.abilities.generates) continue;  // makes no pictures: nothing to train in a window
        FamilyEntry entry{info.id, info.label, info.help, info.config, {}};
        for (const Preset& preset : presetsOf(info.id))
            entry.presets.push_back({preset.id, preset.label, preset.help, preset.config, preset.minutes, {}});
        catalogue.families.push_back(std::move(entry));
    }
    return catalogue;
}

// Milliseconds since the kernel started this process.
double processAgeMs() {
    std::ifstream stat("/proc/self/stat"), uptime("/proc/uptime");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    const std::size_t close = text.rfind(')');
    if (close == std::string::npos) return -1;
    std::istringstream fields(text.substr(close + 2));
    std::string field;
    for (int i = 0; i < 20; ++i) fields >> field;  // field 22: start time in clock ticks
    double up = 0;
    uptime >> up;
    return up * 1000 - std::stod(field) * 1000.0 / double(sysconf(_SC_CLK_TCK));
}

// Notices the end of the window's first paint.
class FirstPaint : public QObject {
  public:
    FirstPaint(QWidget* window, std::function<void()> then) : QObject(window), m_window(window), m_then(std::move(then)) {
        window->installEventFilter(this);
    }

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (watched == m_window && event->type() == QEvent::Paint && !m_seen) {
            m_seen = true;
            QTimer::singleShot(0, this, [this] { m_then(); });  // after this paint has gone out
        }
        return false;
    }

  private:
    QWidget* m_window;
    std::function<void()> m_then;
    bool m_seen = false;
};

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of the disk, not the end
    QApplication app(argc, argv);
    QApplication::setApplicationName("imago");
    QApplication::setApplicationDisplayName("Imago");
    QApplication::setDesktopFileName("org.imago.Studio");

    QCommandLineParser options;
    options.setApplicationDescription("Imago: train image models on this machine and watch them learn.");
    options.addHelpOption();
    const QCommandLineOption theme("theme", "dark or light", "theme"), language("language", "en or zh_CN", "language"),
        measure("measure-start", "print the milliseconds from process start to the first paint, then quit");
    options.addOptions(QList{theme, language, measure} + workspaceOptions());
    options.process(app);

    Preferences preferences;
    if (options.isSet(theme)) preferences.setTheme(options.value(theme) == "light" ? ThemeId::Light : ThemeId::Dark);
    if (options.isSet(language)) preferences.setLanguage(options.value(language));
    Language texts(app);
    texts.use(preferences.language());
    applyTheme(app, preferences.theme(), texts.chinese());

    StudioBridge bridge;
    MainWindow window(&bridge, makeWorkspaces({&bridge, catalogueOfFamilies(), defaultRunsRoot().string()}), &preferences, &texts);
    window.restoreLayout();
    new FirstPaint(&window, [&] {
        if (options.isSet(measure)) {
            QTextStream(stdout) << "first paint " << qRound(processAgeMs()) << " ms\n";
            return app.quit();
        }
        bridge.openLater([] { return openEngine(StudioOptions{}); });
        window.begin(options);
    });
    window.show();
    const int status = QApplication::exec();
    bridge.closeEngine();
    return status;
}
