// links: imago_base
// The house rules that a compiler does not check: who may include whom, what the programs link, what headers say.
#include <QDir>
#include <QDirIterator>
#include <QHash>
#include <QProcess>
#include <QRegularExpression>
#include <QSet>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using Rooms = QHash<QString, QSet<QString>>;

// room -> rooms it may include directly; what those may include is allowed too (the table is transitive).
static const Rooms kMayInclude{
    {"base", {}},
    {"config", {"base"}},
    {"image", {"config"}},
    {"engine", {"image", "studio"}},  // the facade's plain values; opening the module
    {"procedural", {"image"}},
    {"tensor", {"image"}},
    {"data", {"tensor", "engine"}},
    {"nn", {"tensor"}},
    {"diffusion", {"nn"}},
    {"models", {"nn", "diffusion", "data", "config"}},
    {"train", {"models", "engine"}},
    {"sample", {"models", "engine"}},
    {"evaluate", {"models", "engine", "sample", "train"}},
    {"latent", {"sample", "evaluate"}},
    {"ui", {"engine", "studio"}},
};

static QSet<QString> closure(const QString& room) {
    QSet<QString> all{room};
    QStringList open{room};
    while (!open.isEmpty()) {
        for (const QString& next : kMayInclude.value(open.takeLast()))
            if (!all.contains(next)) {
                all.insert(next);
                open.append(next);
            }
    }
    return all;
}

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

    // Rooms of core included by a file, "studio" for the facade.
    static QStringList roomsIncluded(const QString& text) {
        static const QRegularExpression include("#\\s*include\\s*\"core/([a-z_]+)[/.]");
        QStringList rooms;
        for (auto it = include.globalMatch(text); it.hasNext();) rooms.append(it.next().captured(1));
        return rooms;
    }

  private Q_SLOTS:
    void everyRoomKeepsToItsNeighbours() {
        int seen = 0;
        QStringList broken;
        for (const QString& room : QDir(QStringLiteral(IMAGO_SOURCE_DIR "/core")).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
            QVERIFY2(kMayInclude.contains(room), qPrintable("core/" + room + " is not in the include table"));
            const auto allowed = closure(room);
            for (const QString& file : sources("core/" + room)) {
                ++seen;
                for (const QString& other : roomsIncluded(read(file)))
                    if (!allowed.contains(other)) broken.append(file + " includes " + other);
            }
        }
        QVERIFY(seen > 50);
        QVERIFY2(broken.isEmpty(), qPrintable(broken.join('\n')));
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

    void theUiSeesNeitherLibTorchNorOpenCv() {
        static const QRegularExpression forbidden("#\\s*include\\s*[<\"](torch|ATen|c10|opencv2)/");
        const auto allowed = closure("ui");
        const QStringList files = sources("ui");
        QVERIFY(!files.isEmpty());
        for (const QString& file : files) {
            const QString text = read(file);
            QVERIFY2(!forbidden.match(text).hasMatch(), qPrintable(file));
            for (const QString& room : roomsIncluded(text))
                QVERIFY2(allowed.contains(room) || text.contains("core/models/family.h"), qPrintable(file + " includes " + room));
        }
    }

    void coreIsFreeOfQt() {
        static const QRegularExpression qt("#\\s*include\\s*<Q[A-Z]");
        for (const QString& file : sources("core")) QVERIFY2(!qt.match(read(file)).hasMatch(), qPrintable(file));
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
