// links: imago_ml
// Trainings that start from another one: branches, which go on as it, and fine-tuning, which takes its weights.
#include "core/models/model_file.h"
#include "core/models/model_reference.h"
#include "tests/support/training_runs.h"

using namespace imago;
using namespace imago::test;

class BranchTest : public TrainingRuns {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        makeReference();
        FINE(m_uninterrupted);
    }

    void aBranchLeavesItsParentAlone() {
        const std::string parent = newRun();
        Plan plan = twenty(parent);
        plan.options.saveEverySteps = 5;
        plan.request.config["run"]["keep_last"] = 10;
        Ended first;
        train(plan, first);
        FINE(first);
        const std::string before = treeHash(parent);
        plan = twenty(newRun());
        plan.request.family = plan.request.data = "";
        plan.request.config = Json::object();
        plan.request.branchFrom = parent + "@10";
        Ended branch;
        train(plan, branch);
        FINE(branch);
        QCOMPARE(branch.step, 20);
        QCOMPARE(branch.weights, first.weights);  // nothing was changed, so it ends where the parent ended
        QCOMPARE(treeHash(parent), before);
        const auto reader = RunReader::open(plan.request.run);
        QVERIFY(reader);
        QCOMPARE((*reader)->info().json["parent"]["step"].get<int>(), 10);
        QCOMPARE(rowsOf(plan.request.run).front().step, 10);
        plan.request.run = newRun();
        plan.request.branchFrom = parent + "@11";
        Ended none;
        train(plan, none);
        QVERIFY(none.error && none.error->text().find("11") != std::string::npos);
        QVERIFY(!fs::exists(plan.request.run));
    }

    void fineTuningTakesTheWeightsAndNothingElse() {
        Plan plan = twenty(newRun());
        plan.request.initFrom = m_reference;
        Ended tuned;
        torch::Tensor started, wanted;
        double moments = -1;
        TrainerCounters counters{-1, -1};
        plan.options.beforeStep = [&](Trainer& trainer, GenerativeModel& model) {
            if (started.defined()) return;
            started = model.parameters().flat(Flat::Master).clone();
            moments = (model.parameters().flat(Flat::Moment1).abs().max() + model.parameters().flat(Flat::Moment2).max()).item<double>();
            counters = trainer.counters;
        };
        plan.slices = -1;
        const std::string before = treeHash(m_reference);
        train(plan, tuned);
        FINE(tuned);
        QCOMPARE(tuned.step, 20);
        QCOMPARE(counters.step, 0);  // it counts from its own beginning
        QCOMPARE(counters.imagesSeen, 0);
        QCOMPARE(moments, 0.0);
        QCOMPARE(treeHash(m_reference), before);
        QVERIFY(tuned.weights != m_uninterrupted.weights);
        const auto reader = RunReader::open(plan.request.run);
        QVERIFY(reader && (*reader)->info().json["parent"]["kind"] == "fine-tune");
        const auto files = modelFiles(m_reference);
        QVERIFY(files);
        const auto source = loadModel(files->front());
        QVERIFY(source);
        wanted = (*source)->parameters().flat(Flat::Average);
        QVERIFY(started.equal(wanted));
        plan.request.run = newRun();
        plan.request.config["network"]["channels"] = 16;
        Ended wrong;
        train(plan, wrong);
        QVERIFY(wrong.error && wrong.error->code == ErrorCode::BadInput);
        QVERIFY2(wrong.error->text().find("embed.linear1.weight [64x16] / [32x8]") != std::string::npos,
                 wrong.error->text().c_str());  // a weight is named
    }
};

QTEST_GUILESS_MAIN(BranchTest)
#include "tst_branch.moc"
