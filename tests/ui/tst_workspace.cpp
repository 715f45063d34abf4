// links: imago_ui
// A second workspace is a folder and a word: the window shows all of it, and nothing of one reaches the other.
#include <QApplication>
#include <QCommandLineParser>
#include <QDirIterator>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "tests/support/studio_fixture.h"
#include "tests/support/test_workspace.h"
#include "ui/actions.h"
#include "ui/start_page.h"
#include "ui/widgets/job_tray.h"
#include "ui/widgets/status_strip.h"

using namespace imago;
using imago::test::StudioFixture;
using imago::test::TestWorkspace;

namespace {

struct TwoWorkspaces : StudioFixture {
    TwoWorkspaces()
        : StudioFixture(true, ThemeId::Dark, "en", [](StudioBridge* engine) { return std::make_unique<TestWorkspace>(engine); }),
          other(static_cast<TestWorkspace*>(window->workspace("test"))) {
        if (!QTest::qWaitForWindowActive(window.get())) qFatal("the window does not come to the front");
    }
    JobId sample(bool quiet = false) {
        mock->quiet = quiet;
        const auto job = other->jobs()->submit(SampleRequest{});
        QCoreApplication::processEvents();
        return job ? *job : 0;
    }
    QStringList menus() const {
        QStringList titles;
        for (const QAction* menu : window->findChild<QMenuBar*>()->actions())
            if (menu->isVisible()) titles << menu->text().remove('&');
        return titles;
    }
    QPushButton* answer(const char* name) const { return window->closeQuestion()->findChild<QPushButton*>(name); }
    TestWorkspace* other;
};

QStringList textsOf(const QWidget* widget) {
    QStringList texts;
    for (const QWidget* part : widget->findChildren<QWidget*>()) {
        const auto* label = qobject_cast<const QLabel*>(part);
        texts << (label ? label->text() : part->accessibleName());
    }
    return texts;
}

QToolButton* jobsButton(const MainWindow* window) {
    for (QToolButton* button : window->findChildren<QToolButton*>())
        if (button->defaultAction() == (*window->actions())["jobs"]) return button;
    return nullptr;
}

// The cross of the row that says this.
QToolButton* crossBeside(const JobTray* tray, const QString& words) {
    for (QToolButton* cross : tray->findChildren<QToolButton*>())
        if (textsOf(cross->parentWidget()).contains(words)) return cross;
    return nullptr;
}

// The name of a thing that is dragged over the window and let go; what the hint says meanwhile.
QString dropped(MainWindow* window, const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    enter.ignore();
    QApplication::sendEvent(window, &enter);
    if (!enter.isAccepted()) return {};
    QString said;
    for (const QLabel* label : window->findChildren<QLabel*>())
        if (label->isVisible() && label->text().startsWith("Drop to")) said = label->text();
    QDropEvent drop(QPointF(300, 300), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window, &drop);
    return said;
}

}  // namespace

class TestWorkspaces : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void aTabInItsOrder() {
        TwoWorkspaces f;
        QAction* tab = (*f.window->actions())["test"];
        QCOMPARE(tab->shortcut(), QKeySequence("Ctrl+2"));
        QCOMPARE(tab->text(), QString("Try"));
        bool onTop = false;
        for (const QToolButton* button : f.window->findChildren<QToolButton*>())
            onTop |= button->isVisible() && button->defaultAction() == tab;
        QVERIFY(onTop);
        QTest::keyClick(f.window.get(), Qt::Key_2, Qt::ControlModifier);
        QVERIFY(f.other->isVisible());
        QVERIFY(!f.train()->isVisible());
        QVERIFY(tab->isChecked());
        QCOMPARE(f.window->status()->sentence(), QString("Trying."));
        f.shot("second-workspace");
        QTest::keyClick(f.window.get(), Qt::Key_1, Qt::ControlModifier);
        QVERIFY(f.train()->isVisible());
        QVERIFY(!tab->isChecked());
        QCOMPARE(f.window->status()->sentence(), QString("Ready."));
        QVERIFY(f.window->workspace("train") == f.train());
        QVERIFY(!f.window->workspace("nothing"));
    }
    void itsMenuAndActions() {
        TwoWorkspaces f;
        ActionRegistry& actions = *f.window->actions();
        f.startTraining(5);
        QCOMPARE(f.menus(), QStringList({"File", "Training", "View", "Help"}));
        QVERIFY(!actions["test-go"]->isVisible());
        QVERIFY(actions.conflicts().isEmpty());
        QTest::keyClick(f.window.get(), Qt::Key_P, Qt::ControlModifier);
        QCOMPARE(f.mock->calls.back(), std::string("pause"));
        QCOMPARE(f.other->went, 0);
        // One that is offered everywhere brings its workspace to the front.
        QTest::keyClick(f.window.get(), Qt::Key_I, Qt::ControlModifier);
        QVERIFY(f.other->isVisible());
        QCOMPARE(f.menus(), QStringList({"File", "Edit", "Try", "View", "Help"}));
        QVERIFY(!actions["train-pause"]->isVisible());
        QVERIFY(actions["new-run"]->isVisible());
        QVERIFY(actions.conflicts().isEmpty());
        QTest::keyClick(f.window.get(), Qt::Key_P, Qt::ControlModifier);
        QCOMPARE(f.other->went, 1);
        QCOMPARE(f.mock->calls.size(), std::size_t(1));
        f.other->mayGo = false;
        Q_EMIT f.other->statusChanged();
        QVERIFY(!actions["test-go"]->isEnabled());
        QTest::keyClick(f.window.get(), Qt::Key_P, Qt::ControlModifier);
        QCOMPARE(f.other->went, 1);
    }
    void itsDoor() {
        TwoWorkspaces f;
        QCOMPARE(f.window->startPage()->findChildren<Door*>().size(), 4);
        QVERIFY(f.other->door->isVisible());
        QTest::mouseClick(f.other->door, Qt::LeftButton);
        QVERIFY(f.other->isVisible());
    }
    void whatIsDroppedGoesToWhoTakesIt() {
        TwoWorkspaces f;
        QCOMPARE(dropped(f.window.get(), "/pictures/a.png"), QString("Drop to try this picture"));
        QCOMPARE(f.other->opened, QString("/pictures/a.png"));
        QVERIFY(f.other->isVisible());
        f.other->opened.clear();
        QVERIFY(QDir(f.folder.path()).mkdir("cats"));
        QCOMPARE(dropped(f.window.get(), f.folder.filePath("cats")), QString("Drop to teach Imago the pictures in “cats”"));
        QVERIFY(f.train()->isVisible());
        QCOMPARE(f.train()->setup()->data(), "folder:" + f.folder.filePath("cats").toStdString());
        QCOMPARE(dropped(f.window.get(), "/sounds/a.wav"), QString());  // nobody's
        QVERIFY(f.other->opened.isEmpty());
        // A run is opened, not learned from.
        const RunRecord* record = f.startTraining(20);
        const QString folder = QString::fromStdString(record->folder());
        f.train()->newRun();
        QCOMPARE(dropped(f.window.get(), folder), QString("Drop to open this run"));
        QVERIFY(f.train()->current() == record);
    }
    void theCommandLineReachesItsWorkspace() {
        TwoWorkspaces f;
        QCommandLineParser asked;
        asked.addOptions(workspaceOptions());
        QVERIFY(asked.parse({"imago-studio"}));
        f.window->begin(asked);
        QVERIFY(f.window->startPage()->isVisible());
        QVERIFY(asked.parse({"imago-studio", "--start", "shapes", "--preset", "quick"}));
        f.window->begin(asked);
        QVERIFY(f.train()->isVisible());
        QCOMPARE(f.mock->lastRequest.data, std::string("shapes"));
        QCOMPARE(f.mock->lastRequest.preset, std::string("quick"));
    }

    void eventsReachTheirOwnWorkspace() {
        TwoWorkspaces f;
        RunRecord* record = f.startTraining(20);
        const JobId training = f.mock->lastTraining, job = f.sample();
        QVERIFY(job != 0 && job != training);
        QSignalSpy every(f.bridge.everyJob(), &JobPort::jobProgress);
        f.mock->tell(job, JobProgress{3, 9, 0, -1, "", 0});
        f.mock->play(training, 5);
        f.mock->tell(job, Notice{NoticeLevel::Info, "word", {}, -1});
        f.mock->endWork(job, FinishReason::Done);
        QTRY_COMPARE(f.other->heard, QStringList({QString("started %1").arg(job), QString("progress %1").arg(job),
                                                  QString("word %1").arg(job), QString("finished %1").arg(job)}));
        QCOMPARE(record->lastStep(), 24);
        QCOMPARE(record->progress().done, 25);
        QCOMPARE(record->state(), RunState::Running);
        QCOMPARE(every.count(), 2);
        QVERIFY(f.other->jobs()->open().empty());
        QCOMPARE(f.train()->jobs()->open().size(), std::size_t(1));
        // The status line shows the figures of the workspace that is shown.
        f.window->showWorkspace(f.other);
        QVERIFY(f.window->status()->figures().contains("3 / 9"));
        f.window->showWorkspace(f.train());
        QVERIFY(f.window->status()->figures().contains("25"));
    }
    // A listener that opens a dialog runs an event loop: what comes meanwhile is delivered once and in its order.
    void aListenerMayRunAnEventLoop() {
        TwoWorkspaces f;
        const JobId job = f.sample();
        f.other->heard.clear();
        QObject context;
        connect(f.other->jobs(), &JobPort::notice, &context, [&](JobId, const Notice& notice) {
            if (notice.id != "first") return;
            f.mock->tell(job, Notice{NoticeLevel::Info, "third", {}, -1});
            QCoreApplication::processEvents();
        });
        f.mock->tell(job, Notice{NoticeLevel::Info, "first", {}, -1});
        f.mock->tell(job, Notice{NoticeLevel::Info, "second", {}, -1});
        const QString id = QString::number(job);
        QTRY_COMPARE(f.other->heard, QStringList({"first " + id, "second " + id, "third " + id}));
    }
    void whatIsSubmittedIsSteered() {
        TwoWorkspaces f;
        const JobId job = f.sample();
        f.other->jobs()->update(job, "z", 0.5);
        QCOMPARE(f.mock->calls.back(), std::string("z 0.5"));
        f.other->jobs()->pause(job);
        QCOMPARE(f.mock->calls.back(), std::string("pause"));
    }

    void closingAsksAboutEveryJob() {
        TwoWorkspaces f;
        f.sample();
        QVERIFY(!f.window->close());
        QCOMPARE(f.window->closeQuestion()->text(), QString("1 of pictures. Close Imago all the same?"));
        QCOMPARE(f.window->closeQuestion()->informativeText(), QString("The pictures would be lost."));
        QVERIFY(!f.answer("close-save"));  // it cannot be
        QCOMPARE(f.answer("close-keep")->text(), QString("Keep sampling"));
        QVERIFY(f.window->closeQuestion()->defaultButton() == f.answer("close-keep"));
        f.shot("close-lost");
        QTest::mouseClick(f.answer("close-keep"), Qt::LeftButton);
        QTRY_VERIFY(!f.window->closeQuestion());
        QVERIFY(f.mock->calls.empty() && f.window->isVisible());
        QVERIFY(!f.window->close());
        QTest::mouseClick(f.answer("close-discard"), Qt::LeftButton);
        QTRY_VERIFY(!f.window->isVisible());
        QCOMPARE(f.mock->calls, std::vector<std::string>{"cancel"});
    }
    void closingSavesWhatCanBeSaved() {
        TwoWorkspaces f;
        f.startTraining(20);
        f.sample();
        f.sample();
        QVERIFY(!f.window->close());
        QCOMPARE(f.window->closeQuestion()->text(), QString("2 of pictures. A training is still going. Save it before Imago closes?"));
        QCOMPARE(f.window->closeQuestion()->informativeText(),
                 QString("The pictures would be lost. A saved training can go on later, exactly from where it stopped."));
        f.shot("close-both");
        QTest::mouseClick(f.answer("close-save"), Qt::LeftButton);
        QTRY_VERIFY(!f.window->isVisible());
        std::vector<std::string> calls = f.mock->calls;
        std::ranges::sort(calls);
        QCOMPARE(calls, std::vector<std::string>({"cancel", "cancel", "stop"}));
        QCOMPARE(f.mock->saved, 1);
    }
    void closingAsksInThePlural() {
        TwoWorkspaces f;
        f.startTraining(20);
        f.train()->newRun();
        f.startTraining(20);
        QVERIFY(!f.window->close());
        QCOMPARE(f.window->closeQuestion()->text(), QString("2 trainings are still going. Save them before Imago closes?"));
        QTest::mouseClick(f.answer("close-keep"), Qt::LeftButton);
    }
    // A job of a kind that nobody has words for is named as it names itself.
    void closingAsksAboutUnknownKinds() {
        TwoWorkspaces f;
        QVERIFY(f.other->jobs()->submit(CompressRequest{}).ok());
        QCoreApplication::processEvents();
        QVERIFY(!f.window->close());
        QCOMPARE(f.window->closeQuestion()->text(), QString("“Some work” is still going. Close Imago all the same?"));
        QCOMPARE(f.answer("close-keep")->text(), QString("Keep going"));
    }
    void quietJobsAskNothing() {
        TwoWorkspaces f;
        f.sample(true);
        QVERIFY(!f.other->jobs()->open().empty());
        QVERIFY(f.other->unfinished().empty());
        QVERIFY(f.window->close());
    }

    void theTraySpeaksByKind() {
        TwoWorkspaces f;
        JobTray* tray = f.window->tray();
        (*f.window->actions())["jobs"]->trigger();
        QVERIFY(tray->isVisible());
        f.sample();
        QCOMPARE(tray->active(), 1);
        QTest::keyClick(f.window.get(), Qt::Key_J, Qt::ControlModifier);
        QVERIFY(!tray->isVisible());
        QVERIFY(jobsButton(f.window.get())->text() == "Jobs 1");
        QTest::keyClick(f.window.get(), Qt::Key_J, Qt::ControlModifier);
        QVERIFY(crossBeside(tray, "Pictures"));
        QVERIFY(f.other->jobs()->submit(CompressRequest{}).ok());
        QTRY_COMPARE(tray->active(), 2);
        QVERIFY(crossBeside(tray, "Some work"));  // nobody has words for this kind
        f.sample(true);
        QCOMPARE(tray->rows(), 2);
        const RunRecord* record = f.startTraining(20);
        QCOMPARE(tray->rows(), 3);
        QVERIFY(record->name().startsWith("Clothes"));
        f.shot("tray");
        // To end one saves what can be saved and cancels the rest.
        QTest::mouseClick(crossBeside(tray, record->name()), Qt::LeftButton);
        QCOMPARE(f.mock->calls.back(), std::string("stop"));
        QTest::mouseClick(crossBeside(tray, "Pictures"), Qt::LeftButton);
        QCOMPARE(f.mock->calls.back(), std::string("cancel"));
        QTRY_COMPARE(tray->active(), 1);
    }
    void whatHasEndedLeavesTheTray() {
        TwoWorkspaces f;
        JobTray* tray = f.window->tray();
        const JobId first = f.sample();
        f.mock->endWork(first, FinishReason::Done);
        QTRY_COMPARE(tray->active(), 0);
        QCOMPARE(tray->rows(), 1);  // for some seconds
        tray->setLinger(0);
        const JobId second = f.sample(), third = f.sample();
        f.mock->endWork(second, FinishReason::Done);
        f.mock->endWork(third, FinishReason::Failed, Error{ErrorCode::Disk, "The disk is full.", {}, "Make room."});
        QTRY_COMPARE(tray->rows(), 2);
        tray->show();
        QTest::mouseClick(crossBeside(tray, "The disk is full. Make room."), Qt::LeftButton);
        QCOMPARE(tray->rows(), 1);
    }

    void undoFollowsTheWorkspace() {
        TwoWorkspaces f;
        ActionRegistry& actions = *f.window->actions();
        f.window->showWorkspace(f.train());
        QVERIFY(!actions["undo"]->isVisible() && !actions["redo"]->isVisible());  // nothing dead
        f.window->showWorkspace(f.other);
        QVERIFY(actions["undo"]->isVisible() && !actions["undo"]->isEnabled());
        f.other->undoStack()->push(new QUndoCommand("stroke"));
        QVERIFY(actions["undo"]->isEnabled());
        QTest::keyClick(f.window.get(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(f.other->undoStack()->index(), 0);
        QVERIFY(!actions["undo"]->isEnabled() && actions["redo"]->isEnabled());
        QTest::keyClick(f.window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(f.other->undoStack()->index(), 1);
        f.window->showStart();
        QVERIFY(!actions["undo"]->isVisible());
    }
    void panelsAndLayoutAreItsOwn() {
        TwoWorkspaces f;
        f.window->showWorkspace(f.other);
        (*f.window->actions())["docks"]->trigger();
        QVERIFY(!f.other->panelsVisible());
        QVERIFY(f.train()->panelsVisible());
        QVERIFY(f.window->close());
        QVERIFY(!f.preferences.settings->value("train-layout-1").toByteArray().isEmpty());
        const QByteArray saved = f.preferences.settings->value("test-layout-1").toByteArray();
        QVERIFY(!saved.isEmpty());
        f.window->show();
        (*f.window->actions())["reset-layout"]->trigger();
        QVERIFY(f.other->panelsVisible());
        f.window->restoreLayout();
        QVERIFY(!f.other->panelsVisible());
        QVERIFY(f.train()->panelsVisible());
    }

    // The window and its parts know no workspace by name, in code, comments or words on screen.
    void nothingElseNamesAWorkspace() {
        const QString ui = IMAGO_SOURCE_DIR "/ui/", list = ui + "workspaces/workspaces.cpp";
        QStringList found;
        int seen = 0;
        for (QDirIterator it(ui, {"*.h", "*.cpp"}, QDir::Files, QDirIterator::Subdirectories); it.hasNext();) {
            const QString path = it.next();
            if (path == list || path.startsWith(ui + "workspaces/train/")) continue;
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            ++seen;
            if (QString::fromUtf8(file.readAll()).contains("train", Qt::CaseInsensitive)) found << path;
        }
        QVERIFY(seen > 50);
        QFile root(IMAGO_SOURCE_DIR "/app/studio_main.cpp");  // it may start a training, but not by knowing where
        QVERIFY(root.open(QIODevice::ReadOnly));
        const QString text = QString::fromUtf8(root.readAll());
        if (text.contains("workspaces/train") || text.contains("TrainWorkspace")) found << root.fileName();
        QVERIFY2(found.isEmpty(), qPrintable(found.join('\n')));
    }
};

QTEST_MAIN(TestWorkspaces)
#include "tst_workspace.moc"
