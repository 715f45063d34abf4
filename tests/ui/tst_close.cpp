// links: imago_ui
// Closing during a training asks, saves when told to, and ends cleanly.
#include <QApplication>
#include <QMessageBox>
#include <QPushButton>
#include <QTest>

#include "tests/support/studio_fixture.h"

using namespace imago;
using imago::test::StudioFixture;

namespace {

void answer(StudioFixture& f, const char* button) {
    QMessageBox* question = f.window->closeQuestion();
    QVERIFY(question);
    auto* found = question->findChild<QPushButton*>(button);
    QVERIFY(found);
    QTest::mouseClick(found, Qt::LeftButton);
}

}  // namespace

class TestClose : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void idleClosesAtOnce() {
        StudioFixture f;
        QVERIFY(f.window->close());
        QVERIFY(!f.window->closeQuestion());
    }
    void keepTraining() {
        StudioFixture f;
        f.startTraining(20);
        QVERIFY(!f.window->close());
        QVERIFY(f.window->isVisible());
        QVERIFY(!f.window->close());  // asked once, not twice
        answer(f, "close-keep");
        QTRY_VERIFY(!f.window->closeQuestion());
        QVERIFY(f.window->isVisible());
        QVERIFY(f.mock->calls.empty());
        QCOMPARE(f.train()->current()->state(), RunState::Running);
    }
    void stopAndSave() {
        StudioFixture f;
        RunRecord* record = f.startTraining(20);
        f.mock->holdStop(true);
        QVERIFY(!f.window->close());
        answer(f, "close-save");
        QCOMPARE(f.mock->calls.back(), std::string("stop"));
        QCoreApplication::processEvents();
        QVERIFY(f.window->isVisible());  // still saving
        QCOMPARE(record->state(), RunState::Stopping);
        f.mock->endStop(f.mock->lastTraining);
        QTRY_VERIFY(!f.window->isVisible());
        QCOMPARE(f.mock->saved, 1);
    }
    void stopWithoutSaving() {
        StudioFixture f;
        f.startTraining(20);
        QVERIFY(!f.window->close());
        answer(f, "close-discard");
        QTRY_VERIFY(!f.window->isVisible());
        QCOMPARE(f.mock->calls.back(), std::string("discard"));
        QCOMPARE(f.mock->saved, 0);
    }
    void pausedRunAsksToo() {
        StudioFixture f;
        f.startTraining(20);
        f.train()->pauseCurrent();
        QTRY_COMPARE(f.train()->current()->state(), RunState::Paused);
        QVERIFY(!f.window->close());
        answer(f, "close-save");
        QTRY_VERIFY(!f.window->isVisible());
    }
    void windowIsRemembered() {
        StudioFixture f;
        f.window->close();
        QVERIFY(!f.preferences.settings->value("geometry").toByteArray().isEmpty());
    }
};

QTEST_MAIN(TestClose)
#include "tst_close.moc"
