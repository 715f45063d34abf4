// links: imago_base
// The house rules that a compiler does not check: who may include whom, what the programs link, what headers say.
#include <QDir>
#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include "tests/architecture/include_table.h"

using namespace imago::test;

static QStringList sources(const QString& folder) {
    QStringList files;
    QDirIterator it(QStringLiteral(IMAGO_SOURCE_DIR "/") + folder, {"*.h", "*.cpp", "*.cu"}, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext()) files.append(it.next());
    return files;
}

static QString read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

class ArchitectureTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void everyPlaceKeepsToItsNeighbours() {
        FileTexts files;
        for (const QString& folder : QStringList{"core", "ui", "app", "tests"})
            for (const QString& file : sources(folder)) files[QDir(IMAGO_SOURCE_DIR).relativeFilePath(file)] = read(file);
        QVERIFY(files.size() > 200);
        const QStringList broken = brokenIncludes(includeTable(), files);
        QVERIFY2(broken.isEmpty(), qPrintable(broken.join('\n')));
    }

    // The table catches what it should: each of these trees has one include too many, or none.
    void theTableCatches_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const QString& file, const QString& text, const QString& sentence) {
            QTest::newRow(name) << file << text << sentence;
        };
        const QString info = "#include \"core/models/family_info.h\"\n", family = "#include \"core/models/family.h\"\n",
                      dataset = "#include \"core/data/dataset.h\"\n", torch = "#  include <torch/torch.h>\n";
        row("the facade", "ui/view.cpp", "#include \"core/studio.h\"\n#include \"core/image/image.h\"\n#include <QWidget>\n", {});
        row("a room", "ui/view.cpp", dataset, "ui/view.cpp includes core/data/dataset.h");
        row("a room beside a family", "ui/view.cpp", info + dataset,
            "ui/view.cpp includes core/models/family_info.h\nui/view.cpp includes core/data/dataset.h");
        row("LibTorch in the window", "ui/view.h", torch, "ui/view.h includes torch");
        row("OpenCV in the window", "ui/view.h", "#include <opencv2/core.hpp>\n", "ui/view.h includes opencv");
        row("a workspace in the window", "ui/main_window.cpp", "#include \"ui/workspaces/train/train_workspace.h\"\n",
            "ui/main_window.cpp includes ui/workspaces/train/train_workspace.h");
        row("a workspace in another", "ui/workspaces/train/live_view.cpp", "#include \"ui/workspaces/other/view.h\"\n",
            "ui/workspaces/train/live_view.cpp includes ui/workspaces/other/view.h");
        row("a workspace in the list", "ui/workspaces/workspaces.cpp", "#include \"ui/workspaces/train/train_workspace.h\"\n", {});
        row("Qt in core", "core/image/view.h", "#include <QImage>\n", "core/image/view.h includes qt");
        row("the composition root", "app/studio_main.cpp", info + "#include \"ui/view.h\"\n", {});
        row("the half that computes", "app/studio_main.cpp", family, "app/studio_main.cpp includes core/models/family.h");
        row("the half that does not compute", "core/models/family_info.h", dataset,
            "core/models/family_info.h includes core/data/dataset.h");
        row("what is told, in a model", "core/models/preview.h", "#include \"core/engine/event.h\"\n", {});
        row("a job in a model", "core/models/gan/model.cpp", "#include \"core/engine/job.h\"\n",
            "core/models/gan/model.cpp includes core/engine/job.h");
        row("LibTorch in a config", "core/models/gan/config.h", torch, "core/models/gan/config.h includes torch");
        row("LibTorch in a file format", "core/tensor/safetensors_write.cpp", torch, "core/tensor/safetensors_write.cpp includes torch");
        row("LibTorch in nets", "core/models/gan/nets.h", torch + info, {});
        row("a test through its helper", "tests/ui/tst_view.cpp", "#include \"tests/support/helper.h\"\n",
            "tests/ui/tst_view.cpp includes core/train/trainer.h");
        row("another test's helper", "tests/core/tst_view.cpp", "#include \"tests/support/helper.h\"\n", {});
        row("the window in the command line", "app/cli/view.cpp", family + "#include \"ui/view.h\"\n",
            "app/cli/view.cpp includes ui/view.h");
        row("a room of no table", "core/newroom/thing.h", {}, "core/newroom/thing.h is not in the include table");
        row("into a room of no table", "core/image/image.h", "#include \"core/newroom/thing.h\"\n",
            "core/image/image.h includes core/newroom/thing.h");
    }
    void theTableCatches() {
        QFETCH(QString, file);
        QFETCH(QString, text);
        QFETCH(QString, sentence);
        const FileTexts files{{"tests/support/helper.h", "#include \"tests/support/more.h\"\n"},
                              {"tests/support/more.h", "#include \"core/train/trainer.h\"\n"},
                              {file, text}};
        QCOMPARE(brokenIncludes(includeTable(), files).join('\n'), sentence);
    }

    void aFamilyNeverIncludesAnotherFamily() {
        const QStringList families = QDir(QStringLiteral(IMAGO_SOURCE_DIR "/core/models")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
        QVERIFY(!families.isEmpty());
        static const QRegularExpression include("#\\s*include\\s*\"core/models/([a-z_]+)/");
        for (const QString& family : families)
            for (const QString& file : sources("core/models/" + family)) {
                const QString text = read(file);
                for (auto it = include.globalMatch(text); it.hasNext();) QVERIFY2(it.next().captured(1) == family, qPrintable(file));
            }
    }

    void oneHeaderKnowsQCustomPlotAndOneKnowsVersions() {
        for (const QString& file : sources("ui"))
            if (!file.endsWith("qcustomplot_wrapper.h")) QVERIFY2(!read(file).contains("<qcustomplot.h>"), qPrintable(file));
        for (const QString& file : sources("core"))
            if (!file.endsWith("torch_compat.h")) QVERIFY2(!read(file).contains("TORCH_VERSION_M"), qPrintable(file));
    }

    void headersSayWhatTheyAre() {
        for (const QString& folder : QStringList{"core", "ui", "app"})
            for (const QString& file : sources(folder)) {
                if (!file.endsWith(".h")) continue;
                const QString text = read(file);
                QVERIFY2(text.startsWith("//"), qPrintable(file + " starts without a sentence on its duty"));
                QVERIFY2(text.contains("#pragma once"), qPrintable(file));
            }
    }

    void noColoursOutsideTheTheme() {
        static const QRegularExpression colour("\"#[0-9a-fA-F]{6}\"");
        for (const QString& file : sources("ui"))
            if (!file.contains("/ui/theme/")) QVERIFY2(!colour.match(read(file)).hasMatch(), qPrintable(file));
    }

    // Asserts run everywhere but in what is packaged: no file of this tree is compiled without them unless it was asked for.
    void assertsRun() {
        const QJsonDocument presets = QJsonDocument::fromJson(read(IMAGO_SOURCE_DIR "/CMakePresets.json").toUtf8());
        QStringList without;
        for (const QJsonValue& preset : presets["configurePresets"].toArray())
            if (preset["cacheVariables"]["IMAGO_ASSERTS"].toString() == "OFF") without.append(preset["name"].toString());
        QCOMPARE(without, QStringList{"release"});

        const QString cache = read(IMAGO_BINARY_DIR "/CMakeCache.txt"), commands = read(IMAGO_BINARY_DIR "/compile_commands.json");
        if (!cache.contains("IMAGO_ASSERTS:BOOL=ON")) QSKIP("this tree is built without asserts");
        QVERIFY(commands.contains("core/base/hash.cpp"));
        QVERIFY2(!commands.contains("NDEBUG"), "asserts are compiled out");
#ifdef NDEBUG
        QFAIL("asserts are compiled out");
#endif
    }

    // The studio must not draw Qt 5 in, nor any network library; and two OpenMP runtimes in one process collapse its speed.
    void programsLinkWhatTheyShould_data() {
        QTest::addColumn<QString>("program");
        QTest::newRow("imago") << "app/imago";
        QTest::newRow("imago-studio") << "app/imago-studio";
        QTest::newRow("engine") << "app/libimago_engine.so";
    }
    void programsLinkWhatTheyShould() {
        QFETCH(QString, program);
        const QString path = QStringLiteral(IMAGO_BINARY_DIR "/") + program;
        if (!QFile::exists(path)) QSKIP(qPrintable(path + " is not built"));
        QProcess ldd;
        ldd.start("ldd", {path});
        QVERIFY(ldd.waitForFinished());
        const QString all = QString::fromUtf8(ldd.readAllStandardOutput());
        QVERIFY(all.contains("libimago_base"));
        // Debian's libtorch_cpu is itself linked to OpenCV's highgui and so to Qt 5; what we link ourselves, and the studio
        // before it opens the engine, must be free of it.
        if (!all.contains("libtorch_cpu")) QVERIFY2(!all.contains("Qt5"), qPrintable(all));
        QVERIFY2(!all.contains("not found"), qPrintable(all));
        int runtimes = 0;
        for (const QString& name : QStringList{"libgomp", "libomp.", "libiomp"}) runtimes += all.contains(name);
        QVERIFY2(runtimes <= 1, qPrintable(all));
        if (QStandardPaths::findExecutable("readelf").isEmpty()) QSKIP("readelf is not installed");
        QProcess elf;
        elf.start("readelf", {"-d", path});
        QVERIFY(elf.waitForFinished());
        const QString direct = QString::fromUtf8(elf.readAllStandardOutput());
        QVERIFY(direct.contains("NEEDED"));
        for (const QString& network : QStringList{"Qt5", "Qt6Network", "libcurl", "libssl", "highgui"})
            QVERIFY2(!direct.contains(network), qPrintable(direct));
        QVERIFY2(direct.contains("BIND_NOW"), "hardening: not linked with -z now");
    }

    // packaging/cmake/one_openmp.cmake stops the configuring. Here it meets a library that needs another runtime than g++'s.
    void twoOpenMpRuntimesStopTheConfiguring() {
        const QTemporaryDir folder;
        const auto build = [&](const QString& name, const QString& source, const QStringList& more) {
            QFile file(folder.filePath(name + ".c"));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(source.toUtf8());
            file.close();
            QProcess compiler;
            compiler.start("gcc", QStringList{"-shared", "-fPIC", file.fileName(), "-o", folder.filePath(name + ".so")} + more);
            QVERIFY2(compiler.waitForFinished() && compiler.exitCode() == 0, compiler.readAllStandardError().constData());
        };
        build("libiomp5", "int fork_call(void) { return 1; }", {"-Wl,-soname,libiomp5.so"});
        build("foreign", "int fork_call(void); int use(void) { return fork_call(); }",
              {"-L" + folder.path(), "-liomp5", "-Wl,-rpath," + folder.path()});
        build("ours", "int omp_get_num_threads(void); int use(void) { return omp_get_num_threads(); }", {"-fopenmp"});
        const auto check = [&](const QString& files, QString& said) {
            QProcess cmake;
            cmake.setProcessChannelMode(QProcess::MergedChannels);
            cmake.start("cmake", {"-DFILES=" + files, "-P", QStringLiteral(IMAGO_SOURCE_DIR "/packaging/cmake/one_openmp.cmake")});
            const bool ended = cmake.waitForFinished();
            said = QString::fromUtf8(cmake.readAll()).simplified();
            return ended ? cmake.exitCode() : -1;
        };
        const QString ours = folder.filePath("ours.so"), foreign = folder.filePath("foreign.so");
        QString said;
        QCOMPARE(check(ours, said), 0);
        QVERIFY2(said.contains("libgomp"), qPrintable(said));
        QCOMPARE(check(foreign, said), 0);  // one, though not ours
        QCOMPARE(check(ours + ";" + foreign, said), 1);
        QVERIFY2(said.contains("libgomp and libiomp5"), qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(ArchitectureTest)
#include "tst_architecture.moc"
