// links: imago_ml
// The thread policy with a made-up machine: gives up within two seconds, holds through bursts, takes back, stays fixed.
#include <ATen/Parallel.h>

#include <QtTest>

#include "core/tensor/thread_policy.h"

using namespace imago;

class TstThreadPolicy : public QObject {
    Q_OBJECT

    // Time passes as the test says; `others` processors are busy besides our own threads.
    struct Machine {
        CpuTimes times;
        void pass(double seconds, double ours, double others) {
            times.seconds += seconds;
            times.own += ours * seconds;
            times.busy += (ours + others) * seconds;
        }
        std::function<CpuTimes()> reader() {
            return [this] { return times; };
        }
    };

    static double secondsUntil(Machine& machine, ThreadPolicy& policy, double others, int wanted, double limit) {
        for (double t = 0.25; t <= limit; t += 0.25) {
            machine.pass(0.25, policy.threads(), others);
            if (policy.poll() == wanted) return t;
        }
        return limit + 1;
    }

  private Q_SLOTS:
    void givesUpAndTakesBack() {
        Machine machine;
        std::vector<ThreadPolicy::Change> changes;
        ThreadPolicy policy(
            0, [&](const auto& change) { changes.push_back(change); }, machine.reader(), 2);
        QCOMPARE(policy.threads(), 2);
        QVERIFY(secondsUntil(machine, policy, 0, 1, 10) > 10);
        const double gaveUp = secondsUntil(machine, policy, 0.9, 1, 10);
        QVERIFY2(gaveUp >= 0.75 && gaveUp <= 2, qPrintable(QString::number(gaveUp)));
        QCOMPARE(at::get_num_threads(), 1);
        QVERIFY(secondsUntil(machine, policy, 0.9, 2, 20) > 20);
        const double tookBack = secondsUntil(machine, policy, 0.05, 2, 10);
        QVERIFY2(tookBack <= 2.5, qPrintable(QString::number(tookBack)));
        QCOMPARE(changes.size(), std::size_t(2));
        QCOMPARE(changes[0].from, 2);
        QCOMPARE(changes[0].to, 1);
        QVERIFY(std::abs(changes[0].othersBusy - 0.9) < 0.01);
        QCOMPARE(changes[1].to, 2);
    }

    void shortBurstChangesNothing() {
        Machine machine;
        ThreadPolicy policy(0, {}, machine.reader(), 2);
        for (int i = 0; i < 20; ++i) {
            QVERIFY(secondsUntil(machine, policy, 1, 1, 0.5) > 0.5);
            QVERIFY(secondsUntil(machine, policy, 0, 1, 0.5) > 0.5);
        }
    }

    void keepsOneThreadAlways() {
        Machine machine;
        ThreadPolicy policy(0, {}, machine.reader(), 2);
        QVERIFY(secondsUntil(machine, policy, 5, 1, 3) <= 2);
        machine.pass(10, 0.2, 5);
        QCOMPARE(policy.poll(), 1);
    }

    void fixedNumberStays() {
        Machine machine;
        ThreadPolicy policy(2, {}, machine.reader(), 2);
        QVERIFY(!policy.automatic());
        QVERIFY(secondsUntil(machine, policy, 2, 1, 10) > 10);
        QCOMPARE(policy.threads(), 2);
    }

    void readsThisMachine() {
        const auto before = readCpuTimes();
        volatile double x = 1;
        while (readCpuTimes().own - before.own < 0.15) x = x * 1.0000001;
        const auto after = readCpuTimes();
        QVERIFY(after.seconds > before.seconds);
        QVERIFY(after.busy - before.busy >= 0.1);
    }
};

QTEST_GUILESS_MAIN(TstThreadPolicy)
#include "tst_thread_policy.moc"
