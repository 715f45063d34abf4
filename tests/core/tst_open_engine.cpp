// Opening the engine module: what cannot be opened comes back as a plain sentence.
#include <QTemporaryDir>
#include <QtTest>

#include <dlfcn.h>

#include <fstream>

#include "core/studio.h"

using namespace imago;

namespace {

std::string refusal(const std::filesystem::path& module) {
    const auto studio = openEngine({}, module);
    return studio ? std::string() : studio.error().text();
}

bool says(const std::string& text, const std::string& part) {
    return text.find("The engine could not be opened") == 0 && text.find(part) != std::string::npos;
}

class TestOpenEngine : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void missingFile() { QVERIFY(says(refusal("/nowhere/engine.so"), "/nowhere/engine.so: there is no such file")); }

    void notALibrary() {
        QTemporaryDir folder;
        const std::filesystem::path file = std::filesystem::path(folder.path().toStdString()) / "engine.so";
        std::ofstream(file) << "these are words, not a program";
        const std::string text = refusal(file);
        QVERIFY2(says(text, "engine.so"), text.c_str());
    }

    void libraryWithoutEngine() {
        Dl_info here{};
        QVERIFY(::dladdr(reinterpret_cast<void*>(&openEngine), &here) != 0);
        const std::string text = refusal(here.dli_fname);
        QVERIFY2(says(text, kStudioFactoryName), text.c_str());
    }

    void environmentSaysWhere() {
        qputenv("IMAGO_ENGINE", "/from/the/environment.so");
        QVERIFY(says(refusal({}), "/from/the/environment.so"));
        qunsetenv("IMAGO_ENGINE");
        QVERIFY(says(refusal({}), "libimago_engine.so"));  // none lies beside this test
    }
};

}  // namespace

QTEST_APPLESS_MAIN(TestOpenEngine)
#include "tst_open_engine.moc"
