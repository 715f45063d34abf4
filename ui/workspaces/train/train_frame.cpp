// The Train workspace as the window sees it: its tab, menu and doors, what it opens, its words.
#include <QCommandLineParser>
#include <QFileDialog>
#include <QFileInfo>

#include "ui/bridge/data_looks.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/widgets/door.h"
#include "ui/workspaces/train/run_record.h"
#include "ui/workspaces/train/setup_panel.h"
#include "ui/workspaces/train/train_workspace.h"

namespace imago {

namespace {

constexpr const char *kClothes = "fashion-mnist", *kShapes = "shapes";

constexpr ActionRow kTab{"train", "run", "", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Train"),
                         QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Teach a model, and watch it learn")};

constexpr ActionRow kNewRun{"new-run", "plus", "Ctrl+N", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "&New run"),
                            QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Choose data and a recipe for another training")};
constexpr ActionRow kChooseFolder{"choose-folder", "folder", "", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Teach it my &pictures…"),
                                  QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Choose a folder of pictures to learn from")};
constexpr ActionRow kOpenRun{"open-run", "folder", "Ctrl+O", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "&Open a run…"),
                             QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Open the folder of a run")};

constexpr ActionRow kStart{"train-start", "play", "F5", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "&Start training")};
constexpr ActionRow kPause{"train-pause", "pause", "Ctrl+P", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "&Pause or resume"),
                           QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Waits after this step; nothing is lost")};
constexpr ActionRow kStop{"train-stop", "stop", "Shift+F5", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "S&top"),
                          QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Finishes the step, saves, ends")};
constexpr ActionRow kDiscard{"train-discard", "discard", "", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Stop &without saving"),
                             QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Ends at once; what came after the last saved moment is lost")};
constexpr ActionRow kSample{"train-sample", "sample", "", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Sample &now"),
                            QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Makes the samples of this moment")};
constexpr ActionRow kSave{"train-save", "save", "Ctrl+S", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Sa&ve now"),
                          QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Saves this moment, to go on from here later")};

constexpr DoorRow kClothesDoor{
    "shirt", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Teach it clothes"),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace",
                      "Watch a model learn shirts, shoes and bags from nothing. You recognise the first ones after a minute or two."),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Start learning")};
constexpr DoorRow kPicturesDoor{
    "pictures", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Teach it my pictures"),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace",
                      "Choose a folder of pictures, or drop one here. Sub-folders become kinds that you can ask for."),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Choose a folder…")};
constexpr DoorRow kRunDoor{
    "run", QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Open a run"),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace", "Look back through a training, from the first noise to the last picture, or let it go on."),
    QT_TRANSLATE_NOOP("imago::TrainWorkspace", "See my runs")};

const JobWords kJobWords[] = {
    {"train", true, [](const JobStarted& started) { return runName(started.run); },
     [](int count) {
         return StillGoing{TrainWorkspace::tr("%Ln training(s) are still going.", nullptr, count),
                           TrainWorkspace::tr("A saved training can go on later, exactly from where it stopped."),
                           TrainWorkspace::tr("Keep training")};
     }},
};

bool isRun(const QString& path) {
    return QFileInfo::exists(path + "/run.json");
}

}  // namespace

QList<QCommandLineOption> TrainWorkspace::options() {
    return {{"run", "open this run", "folder"},
            {"start", "start training on this data at once", "data"},
            {"preset", "the recipe of --start", "preset"}};
}

bool TrainWorkspace::begin(const QCommandLineParser& asked) {
    listRunsFolder();
    if (asked.isSet("run"))
        openRun(asked.value("run").toStdString());
    else if (asked.isSet("start"))
        startWith(asked.value("start").toStdString(), asked.value("preset").toStdString());
    return asked.isSet("run") || asked.isSet("start");
}

const ActionRow& TrainWorkspace::tab() const {
    return kTab;
}

QString TrainWorkspace::menuTitle() const {
    return tr("&Training");
}

std::vector<Command> TrainWorkspace::commands() {
    return {{&kNewRun, [this] { newRun(); }, true},
            {&kChooseFolder, [this] { browseFolder(); }, true},
            {&kOpenRun, [this] { browseRun(); }, true},
            {&kStart,
             [this] {
                 Q_EMIT showWanted();
                 m_setup->startNow();
             }},
            {&kPause, [this] { pauseCurrent(); }},
            {&kStop, [this] { stopCurrent(true); }},
            {&kDiscard, [this] { discardCurrent(); }},
            {},
            {&kSample, [this] { controlCurrent("sample_now"); }},
            {&kSave, [this] { controlCurrent("save_now"); }}};
}

bool TrainWorkspace::allows(const QString& command) const {
    if (command == kStart.id) return m_bridge->ready() && !m_setup->showsLive();
    const bool always = command == kNewRun.id || command == kChooseFolder.id || command == kOpenRun.id;
    return always || (current() && current()->job() != 0);
}

void TrainWorkspace::browseFolder() {
    const QString folder = QFileDialog::getExistingDirectory(window(), tr("Choose a folder of pictures"));
    if (!folder.isEmpty()) chooseFolder(folder.toStdString());
}

void TrainWorkspace::browseRun() {
    const QString folder = QFileDialog::getExistingDirectory(window(), tr("Open the folder of a run"));
    if (!folder.isEmpty()) openRun(folder.toStdString());
}

std::vector<Door*> TrainWorkspace::makeDoors() {
    auto *clothes = new Door(textContext(), kClothesDoor), *pictures = new Door(textContext(), kPicturesDoor);
    m_runDoor = new Door(textContext(), kRunDoor);
    connect(clothes, &Door::clicked, this, [this] { startWith(kClothes, ""); });
    connect(pictures, &Door::clicked, this, &TrainWorkspace::browseFolder);
    connect(m_runDoor, &Door::clicked, this, [this] {
        if (const RunRecord* newest = newestRun())
            openRun(newest->folder());
        else
            Q_EMIT showWanted();
    });
    for (const auto& [door, set] : {std::pair(clothes, kClothes), std::pair(pictures, kShapes)}) {
        connect(m_bridge->looks(), &DataLooks::seen, door, [door = door, set = std::string(set)](const DataLook& look) {
            if (look.data == set && !look.pictures.image.isNull()) door->setPictures({look.pictures});
        });
        m_bridge->looks()->look(set);
    }
    return {clothes, pictures, m_runDoor};
}

// Behind the last door stands what was made last.
void TrainWorkspace::refreshDoors() {
    RunRecord* newest = newestRun();
    if (!newest || !m_runDoor) return;
    const auto show = [this, newest] {
        if (!newest->frames().empty()) m_runDoor->setPictures(newest->frames());
    };
    if (!newest->loaded() && newest->job() == 0) {
        newest->load();
        connect(newest, &RunRecord::framesChanged, m_runDoor, show);
    }
    show();
}

QString TrainWorkspace::offer(const QString& path) const {
    const QFileInfo info(path);
    if (!info.isDir()) return {};
    return isRun(path) ? tr("Drop to open this run") : tr("Drop to teach Imago the pictures in “%1”").arg(info.fileName());
}

void TrainWorkspace::open(const QString& path) {
    if (isRun(path))
        openRun(path.toStdString());
    else
        chooseFolder(path.toStdString());
}

QString TrainWorkspace::status() const {
    return current() ? current()->name() + " · " + current()->sentence() : QString();
}

const JobProgress* TrainWorkspace::progress() const {
    const RunRecord* record = current();
    return record && record->hasProgress() && record->state() == RunState::Running ? &record->progress() : nullptr;
}

std::span<const JobWords> TrainWorkspace::jobWords() const {
    return kJobWords;
}

}  // namespace imago
