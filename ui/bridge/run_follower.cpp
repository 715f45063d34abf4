#include "ui/bridge/run_follower.h"

#include <QFileSystemWatcher>
#include <QTimer>

#include "ui/bridge/qimage_of.h"

namespace imago {

namespace {

// Lives on the follower's thread.
class Poller : public QObject {
  public:
    Poller(std::filesystem::path folder, RunFollower* owner) : m_folder(std::move(folder)), m_owner(owner), m_timer(this), m_watcher(this) {
        m_timer.setInterval(1000);  // what inotify misses, and whether the writer still lives
        connect(&m_timer, &QTimer::timeout, this, [this] { poll(std::make_shared<RunUpdate>()); });
        connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, [this] { poll(std::make_shared<RunUpdate>()); });
    }

    void begin() {
        auto opened = RunReader::open(m_folder);
        auto update = std::make_shared<RunUpdate>();
        update->first = true;
        if (!opened) {
            update->error = opened.error();
            return tell(update);
        }
        m_reader = std::move(*opened);
        update->info = m_reader->info();
        poll(update);
        if (!update->writerAlive) return;
        const QString folder = QString::fromStdString(m_folder.string());
        m_watcher.addPaths({folder + "/metrics.bin", folder + "/events.jsonl"});
        m_timer.start();
    }

  private:
    void tell(const std::shared_ptr<RunUpdate>& update) { Q_EMIT m_owner->updated(update); }  // arrives queued, on the GUI thread

    void poll(const std::shared_ptr<RunUpdate>& update) {
        update->writerAlive = m_reader->writerAlive();  // asked first: what it wrote before it ended is still read below
        auto news = m_reader->poll();
        if (!news) {
            update->error = news.error();
            m_timer.stop();
            return tell(update);
        }
        update->truncateAt = news->truncateAt;
        update->rows = std::move(news->rows);
        update->events = std::move(news->events);
        for (PreviewReady& preview : news->previews) {
            QImage image = preview.image ? QImage() : QImage(QString::fromStdString((m_folder / preview.file).string()));
            update->pictures.push_back({std::move(preview), std::move(image)});
        }
        if (!update->writerAlive) m_timer.stop();
        tell(update);
    }

    std::filesystem::path m_folder;
    RunFollower* m_owner;
    QTimer m_timer;
    QFileSystemWatcher m_watcher;
    std::unique_ptr<RunReader> m_reader;
};

}  // namespace

RunFollower::RunFollower(std::filesystem::path folder, QObject* parent) : QObject(parent) {
    qRegisterMetaType<std::shared_ptr<imago::RunUpdate>>();
    auto* poller = new Poller(std::move(folder), this);
    poller->moveToThread(&m_thread);
    connect(&m_thread, &QThread::started, poller, [poller] { poller->begin(); });
    connect(&m_thread, &QThread::finished, poller, &QObject::deleteLater);
}

void RunFollower::begin() {
    m_thread.start();
}

RunFollower::~RunFollower() {
    m_thread.quit();
    m_thread.wait();
}

}  // namespace imago
