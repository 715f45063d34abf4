// links: imago_base
// The command line as scripts see it: verbs, JSON lines, exit codes, signals, resumption. Runs the real program.
#include <signal.h>
#include <sys/mount.h>

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "core/image/jpeg.h"

struct Outcome {
    int code = -1;
    QByteArray out, err;
    QList<QJsonObject> events() const {
        QList<QJsonObject> list;
        for (const QByteArray& line : out.split('\n'))
            if (!line.isEmpty()) list.append(QJsonDocument::fromJson(line).object());
        return list;
    }
    QJsonObject result() const {
        const auto all = events();
        return all.isEmpty() ? QJsonObject() : all.last();
    }
};

static Outcome program(const QStringList& arguments, const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment()) {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(IMAGO_BINARY_DIR "/app/imago"), arguments);
    process.waitForFinished(300000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
}

static QByteArray hashOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256);
}

class CliTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    QStringList tiny(const QString& run, int steps) const {
        return {"train",     "--json",
                "--family",  "diffusion",
                "--data",    "shapes:64",
                "--out",     m_dir.filePath(run),
                "--steps",   QString::number(steps),
                "--set",     "network.size=custom",
                "--set",     "network.channels=16",
                "--set",     "network.multipliers=1,2",
                "--set",     "network.attention=",
                "--set",     "optimizer.batch=8",
                "--threads", "1",
                "--seed",    "7"};
    }
    // The newest checkpoint's weights and optimizer state, as hashes.
    QByteArray newestFiles(const QString& run) const {
        const QDir folder(m_dir.filePath(run + "/checkpoints"));
        const QStringList names = folder.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        if (names.isEmpty()) return {};
        return hashOf(folder.filePath(names.last() + "/weights.safetensors")) +
               hashOf(folder.filePath(names.last() + "/state.safetensors"));
    }
    QStringList strays(const QString& run) const {
        QStringList found;
        QDirIterator it(m_dir.filePath(run), {"*.tmp"}, QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot,
                        QDirIterator::Subdirectories);
        while (it.hasNext()) found << it.next();
        return found;
    }

  private Q_SLOTS:
    void catalogue() {
        const Outcome families = program({"families", "--json"});
        QCOMPARE(families.code, 0);
        QStringList ids;
        for (const auto& value : families.result()["families"].toArray()) ids << value.toObject()["id"].toString();
        QVERIFY(ids.contains("diffusion"));
        QVERIFY(ids.contains("classifier"));
        QCOMPARE(program({"datasets", "--json"}).code, 0);
        const Outcome schema = program({"describe", "diffusion", "--json"});
        QCOMPARE(schema.code, 0);
        QVERIFY(schema.result().contains("config"));
        const Outcome text = program({"describe", "diffusion"});
        QVERIFY(text.out.contains("optimizer.rate"));
    }

    void mistakesAreNamed() {
        QCOMPARE(program({}).code, 2);
        QCOMPARE(program({"fly"}).code, 2);
        const Outcome family = program({"describe", "difusion"});
        QCOMPARE(family.code, 2);
        QVERIFY2(family.err.contains("diffusion"), family.err.constData());  // names the known ones
        QStringList arguments = tiny("bad", 2);
        arguments << "--set"
                  << "optimizer.batch=-3";
        const Outcome range = program(arguments);
        QCOMPARE(range.code, 2);
        QCOMPARE(range.result()["field"].toString(), QString("optimizer.batch"));
        QVERIFY(range.result()["error"].toString().contains("-3"));
        QVERIFY(!QFile::exists(m_dir.filePath("bad")));
        // With --json the last object is there whatever was wrong with the words.
        for (const QStringList& wrong :
             {QStringList{"fly", "--json"}, QStringList{"--json", "sample"}, QStringList{"train", "--steps", "x", "--json"}}) {
            const Outcome usage = program(wrong);
            QCOMPARE(usage.code, 2);
            QCOMPARE(usage.result()["event"].toString(), QString("result"));
            QCOMPARE(usage.result()["exit"].toInt(), 2);
            QVERIFY(!usage.result()["error"].toString().isEmpty());
        }
        const auto training = [&](const QStringList& more) { return program(tiny("bad", 2) + more); };
        QCOMPARE(training({"--set", "no.such=1"}).code, 2);
        QCOMPARE(training({"--set", "optimizer"}).code, 2);
        QCOMPARE(training({"--preset", "no-such"}).code, 2);
        QFile list(m_dir.filePath("list.json"));
        QVERIFY(list.open(QIODevice::WriteOnly) && list.write("[1, 2]") == 6);
        list.close();
        QCOMPARE(training({"--config", list.fileName(), "--set", "optimizer.batch=4"}).code, 3);  // the file, not what was typed
        QVERIFY(!QFile::exists(m_dir.filePath("bad")));
        QCOMPARE(program({"sample", m_dir.filePath("nowhere"), "--out", m_dir.filePath("x.png")}).code, 3);
        QStringList nodata = tiny("nodata", 2);
        nodata[nodata.indexOf("shapes:64")] = "folder:/no/such/folder";
        QCOMPARE(program(nodata).code, 3);
    }

    // What a run that goes on cannot take is refused; a live setting is taken, and noted in the run.
    void nothingTypedIsDroppedOnResume() {
        QCOMPARE(program(tiny("going", 2)).code, 0);
        const QStringList resume{"train", "--json", "--out", m_dir.filePath("going"), "--resume", "--steps", "4"};
        for (const QStringList& fixed : {QStringList{"--seed", "9"}, QStringList{"--preset", "quick"},
                                         QStringList{"--set", "optimizer.batch=4"}, QStringList{"--set", "no.such=1"}}) {
            const Outcome refused = program(resume + fixed);
            QVERIFY2(refused.code == 2, (fixed.join(' ').toUtf8() + " " + refused.out + refused.err).constData());
        }
        QCOMPARE(program({"train", "--json", "--branch", m_dir.filePath("going"), "--out", m_dir.filePath("branch"), "--seed", "9"}).code,
                 2);
        const Outcome live = program(resume + QStringList{"--set", "optimizer.rate=0.0002"});
        QVERIFY2(live.code == 0, (live.out + live.err).constData());
        QJsonObject noted;
        for (const auto& event : live.events())
            if (event["event"] == "live_changed") noted = event;
        QCOMPARE(noted["key"].toString(), QString("optimizer.rate"));
        QCOMPARE(noted["value"].toDouble(), 0.0002);
        QCOMPARE(noted["step"].toInt(), 2);
        QFile events(m_dir.filePath("going/events.jsonl"));
        QVERIFY(events.open(QIODevice::ReadOnly) && events.readAll().contains("live_changed"));
    }

    void trainSampleInspect() {
        const Outcome train = program(tiny("run", 6));
        QVERIFY2(train.code == 0, (train.out + train.err).constData());
        QCOMPARE(train.result()["event"].toString(), QString("result"));
        QStringList kinds;
        for (const auto& event : train.events()) kinds << event["event"].toString();
        QVERIFY(kinds.contains("checkpoint_saved") || kinds.contains("checkpoint"));
        QVERIFY(QFile::exists(m_dir.filePath("run/metrics.bin")));
        QVERIFY(QDir(m_dir.filePath("run/previews")).entryList({"*.png"}).size() >= 2);

        const QStringList sample{"sample", m_dir.filePath("run"), "--count", "5", "--seed", "3", "--threads", "1", "--out"};
        QCOMPARE(program(sample + QStringList{m_dir.filePath("a.png")}).code, 0);
        QCOMPARE(program(sample + QStringList{m_dir.filePath("b.png")}).code, 0);
        QVERIFY(!hashOf(m_dir.filePath("a.png")).isEmpty());
        QCOMPARE(hashOf(m_dir.filePath("a.png")), hashOf(m_dir.filePath("b.png")));
        QCOMPARE(program(sample + QStringList{m_dir.filePath("folder")}).code, 0);
        QCOMPARE(QDir(m_dir.filePath("folder")).entryList({"*.png"}).size(), 5);

        // Sampling settings arrive as text and are typed by the family that the model turns out to be.
        const Outcome few = program(sample + QStringList{m_dir.filePath("few.png"), "--set", "steps=3", "--set", "solver=heun", "--json"});
        QVERIFY2(few.code == 0, (few.out + few.err).constData());
        QVERIFY(hashOf(m_dir.filePath("few.png")) != hashOf(m_dir.filePath("a.png")));
        QCOMPARE(program(sample + QStringList{m_dir.filePath("none.png"), "--set", "steps=many"}).code, 3);

        const Outcome run = program({"inspect", m_dir.filePath("run"), "--json"});
        QCOMPARE(run.code, 0);
        QCOMPARE(run.result()["metric_rows"].toInt(), 6);
        const Outcome picture = program({"inspect", m_dir.filePath("a.png"), "--json"});
        QCOMPARE(picture.result()["kind"].toString(), QString("picture"));
        QVERIFY(picture.result()["texts"].toObject().contains("imago:generation"));
        QVERIFY(!picture.result().contains("icc_profile_bytes"));

        // A colour profile is said where there is one.
        const auto plain = imago::encodeJpeg(imago::Image(8, 8, 3)).value();
        QByteArray file(reinterpret_cast<const char*>(plain.data()), qsizetype(plain.size()));
        file.insert(2, QByteArray("\xFF\xE2\0\x14ICC_PROFILE\0\1\1abcd", 22));
        QFile jpeg(m_dir.filePath("profile.jpg"));
        QVERIFY(jpeg.open(QIODevice::WriteOnly) && jpeg.write(file) == file.size());
        jpeg.close();
        const Outcome profile = program({"inspect", jpeg.fileName(), "--json"});
        QCOMPARE(profile.result()["icc_profile_bytes"].toInt(), 4);
    }

    void theSameSeedGivesTheSameWeights() {
        QCOMPARE(program(tiny("one", 4)).code, 0);
        QCOMPARE(program(tiny("two", 4)).code, 0);
        QVERIFY(!newestFiles("one").isEmpty());
        QCOMPARE(newestFiles("one"), newestFiles("two"));
    }

    void interruptSavesAndGives6() {
        QProcess process;
        process.start(QStringLiteral(IMAGO_BINARY_DIR "/app/imago"), tiny("interrupted", 1000000));
        QByteArray out;
        QTRY_VERIFY_WITH_TIMEOUT((out += process.readAllStandardOutput()).contains("\"metrics\"") || out.contains("\"metric_batch\""),
                                 120000);
        ::kill(static_cast<pid_t>(process.processId()), SIGINT);
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 6);
        QVERIFY(!QDir(m_dir.filePath("interrupted/checkpoints")).entryList(QDir::Dirs | QDir::NoDotAndDotDot).isEmpty());
        const Outcome resumed = program({"train", "--json", "--out", m_dir.filePath("interrupted"), "--resume", "--steps", "1"});
        QVERIFY2(resumed.code == 0 || resumed.code == 3, resumed.err.constData());  // already past one step: said, not crashed
    }

    void extendBranchAndFineTune() {
        QStringList level = tiny("long", 8);
        level << "--set"
              << "optimizer.schedule=constant"
              << "--set"
              << "run.keep_last=9";
        QCOMPARE(program(level).code, 0);
        level.replaceInStrings(m_dir.filePath("long"), m_dir.filePath("short"));
        level[level.indexOf("--steps") + 1] = "5";
        QCOMPARE(program(level).code, 0);
        QVERIFY(newestFiles("short") != newestFiles("long"));

        // Branched before it is extended, and fine-tuned: the parent stays as it is.
        const QByteArray parent = newestFiles("short");
        const Outcome branch = program({"train", "--json", "--out", m_dir.filePath("branch"), "--branch", m_dir.filePath("short") + "@5",
                                        "--steps", "8", "--threads", "1"});
        QVERIFY2(branch.code == 0, (branch.out + branch.err).constData());
        QCOMPARE(newestFiles("branch"), newestFiles("long"));
        QStringList tuned = tiny("tuned", 2);
        tuned << "--init" << m_dir.filePath("short");
        const Outcome tune = program(tuned);
        QVERIFY2(tune.code == 0, (tune.out + tune.err).constData());
        QCOMPARE(tune.result()["steps"].toInt(), 2);
        QFile json(m_dir.filePath("tuned/run.json"));
        QVERIFY(json.open(QIODevice::ReadOnly));
        QCOMPARE(QJsonDocument::fromJson(json.readAll()).object()["parent"].toObject()["kind"].toString(), QString("fine-tune"));
        QCOMPARE(program(tiny("fresh", 2)).code, 0);
        QVERIFY(newestFiles("tuned") != newestFiles("fresh"));  // it did begin elsewhere
        QCOMPARE(newestFiles("short"), parent);
        QCOMPARE(program({"train", "--out", m_dir.filePath("x"), "--branch", m_dir.filePath("short") + "@4"}).code, 3);

        const Outcome extended = program({"train", "--json", "--out", m_dir.filePath("short"), "--resume", "--steps", "8"});
        QVERIFY2(extended.code == 0, (extended.out + extended.err).constData());
        QCOMPARE(newestFiles("short"), newestFiles("long"));
    }

    // A file size limit of the session: an error with its exit code, not a death by SIGXFSZ.
    void aFileSizeLimitIsAnErrorOfTheDisk() {
        QCOMPARE(program(tiny("unlimited", 3)).code, 0);
        QProcess limited;
        limited.start("bash", QStringList{"-c", "ulimit -f 40; exec \"$@\"", "bash", QStringLiteral(IMAGO_BINARY_DIR "/app/imago")} +
                                  tiny("limited", 3));
        QVERIFY(limited.waitForFinished(120000));
        const QByteArray said = limited.readAllStandardOutput() + limited.readAllStandardError();
        QCOMPARE(limited.exitStatus(), QProcess::NormalExit);
        QVERIFY2(limited.exitCode() == 5, said.constData());
        QVERIFY2(said.contains("File too large") && said.contains("does not allow files so large"), said.constData());
        QVERIFY(strays("limited").isEmpty());
        const Outcome resumed = program({"train", "--json", "--out", m_dir.filePath("limited"), "--resume"});
        QVERIFY2(resumed.code == 0, (resumed.out + resumed.err).constData());
        QCOMPARE(newestFiles("limited"), newestFiles("unlimited"));
    }

    void aFullDiskGives5AndGoesOnWhenThereIsSpace() {
        QDir(m_dir.path()).mkdir("disk");
        const QByteArray disk = QFile::encodeName(m_dir.filePath("disk"));
        if (::mount("tmpfs", disk, "tmpfs", 0, "size=300k") != 0) QSKIP("mounting a tmpfs is refused here");
        const struct Unmount {
            QByteArray path;
            ~Unmount() { ::umount(path); }
        } unmount{disk};
        QCOMPARE(program(tiny("roomy", 3)).code, 0);
        const Outcome full = program(tiny("disk/run", 3));
        QVERIFY2(full.code == 5, (full.out + full.err).constData());
        const QByteArray said = full.out + full.err;
        QVERIFY2(said.contains("too full") && said.contains("Free some space"), said.constData());  // known before a byte is written
        QVERIFY(strays("disk/run").isEmpty());
        QCOMPARE(::mount("tmpfs", disk, "tmpfs", MS_REMOUNT, "size=30m"), 0);
        const Outcome resumed = program({"train", "--json", "--out", m_dir.filePath("disk/run"), "--resume"});
        QVERIFY2(resumed.code == 0, (resumed.out + resumed.err).constData());
        QCOMPARE(newestFiles("disk/run"), newestFiles("roomy"));
    }

    void vaeTrainsSamplesAndCompresses() {
        for (const char* prior : {"mixture", "codes"}) {
            const QString run = m_dir.filePath(QString("vae-") + prior), grid = run + ".png", latent = run + ".imgl",
                          back = run + "-back.png";
            const Outcome trained =
                program({"train", "--json", "--family", "vae", "--data", "shapes:256", "--out", run, "--steps", "20", "--set",
                         QString("latent.prior=") + prior, "--set", "optimizer.batch=16", "--threads", "1", "--seed", "3"});
            QVERIFY2(trained.code == 0, (trained.out + trained.err).constData());
            QCOMPARE(trained.result()["steps"].toInt(), 20);
            QVERIFY(QDir(run + "/previews").entryList({"*-reconstructions.png"}).size() > 0);
            QCOMPARE(program({"sample", run, "--count", "4", "--out", grid, "--threads", "1"}).code, 0);
            const QByteArray first = hashOf(grid);
            QCOMPARE(program({"sample", run, "--count", "4", "--out", grid, "--threads", "1"}).code, 0);
            QCOMPARE(hashOf(grid), first);
            const Outcome there = program({"compress", grid, "--model", run, "--out", latent, "--json"});
            QVERIFY2(there.code == 0, (there.out + there.err).constData());
            QVERIFY(there.result()["bits_per_pixel"].toDouble() > 0);
            const Outcome home = program({"compress", latent, "--model", run, "--out", back, "--compare", grid, "--json"});
            QVERIFY2(home.code == 0, (home.out + home.err).constData());
            QCOMPARE(home.result()["psnr"].toDouble(), there.result()["psnr"].toDouble());
            QFile file(latent);
            QVERIFY(file.open(QIODevice::ReadWrite));
            QByteArray bytes = file.readAll();
            bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 1);
            file.seek(0);
            file.write(bytes);
            file.close();
            QCOMPARE(program({"compress", latent, "--model", run, "--out", back}).code, 3);
            QVERIFY(program({"compress", grid, "--model", run, "--out", latent}).out.contains("bits per pixel"));
        }
    }

    void numbersStayInTheCLocale() {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LC_ALL", "de_DE.UTF-8");
        QStringList arguments = tiny("locale", 2);
        arguments << "--set"
                  << "optimizer.rate=0.002";
        const Outcome outcome = program(arguments, environment);
        QVERIFY2(outcome.code == 0, (outcome.out + outcome.err).constData());
        QFile json(m_dir.filePath("locale/run.json"));
        QVERIFY(json.open(QIODevice::ReadOnly));
        QVERIFY(json.readAll().contains("0.002"));
    }

    // Two networks in one run: trained, stopped, gone on with, sampled twice with the same bytes.
    void ganTrainsAndSamples() {
        const auto train = [&](const QString& run, int steps, bool resume) {
            QStringList arguments{"train", "--json", "--out", m_dir.filePath(run), "--steps", QString::number(steps), "--threads", "1"};
            if (resume) return program(arguments << "--resume");
            return program(arguments << "--family"
                                     << "gan"
                                     << "--data"
                                     << "shapes:256"
                                     << "--seed"
                                     << "7"
                                     << "--set"
                                     << "optimizer.batch=8"
                                     << "--set"
                                     << "optimizer.schedule=constant"
                                     << "--set"
                                     << "loss.gamma_final=1");  // nothing follows the plan: it can be extended
        };
        const Outcome whole = train("gan", 20, false);
        QVERIFY2(whole.code == 0, (whole.out + whole.err).constData());
        const QJsonObject metrics = whole.result().value("metrics").toObject();
        for (const char* name : {"loss_critic", "loss_generator", "grad_norm_d", "grad_norm_g", "told_apart"})
            QVERIFY2(metrics.contains(name), name);
        QCOMPARE(train("gan-halves", 8, false).code, 0);
        QCOMPARE(train("gan-halves", 20, true).code, 0);
        QCOMPARE(newestFiles("gan-halves"), newestFiles("gan"));
        QStringList pictures;
        for (const char* run : {"gan", "gan"}) {
            pictures << m_dir.filePath(QStringLiteral("gan%1.png").arg(pictures.size()));
            QCOMPARE(
                program({"sample", m_dir.filePath(run), "--count", "9", "--seed", "3", "--threads", "1", "--out", pictures.last()}).code,
                0);
        }
        QVERIFY(!hashOf(pictures[0]).isEmpty());
        QCOMPARE(hashOf(pictures[1]), hashOf(pictures[0]));
    }

    void selfcheck() {
        const Outcome outcome = program({"selfcheck"});
        QVERIFY2(outcome.code == 0, (outcome.out + outcome.err).constData());
    }
};

QTEST_GUILESS_MAIN(CliTest)
#include "tst_cli.moc"
