#include "ui/theme/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "ui/theme/palette.h"

namespace imago {

namespace {

QByteArray svgSource(const QString& name, const QColor& colour) {
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) return {};
    QByteArray bytes = file.readAll();
    bytes.replace("currentColor", colour.name().toLatin1());
    return bytes;
}

class ThemedIconEngine : public QIconEngine {
  public:
    explicit ThemedIconEngine(QString name) : m_name(std::move(name)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
        painter->drawPixmap(rect, pixmap(rect.size() * painter->device()->devicePixelRatioF(), mode, state));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        const Colours& c = coloursOf(qApp->palette());
        const QColor colour = mode == QIcon::Disabled ? c.disabled : c.text;
        const QString key = QString("imago-icon/%1/%2/%3x%4").arg(m_name, colour.name()).arg(size.width()).arg(size.height());
        QPixmap result;
        if (QPixmapCache::find(key, &result)) return result;
        result = QPixmap(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paintIcon(painter, m_name, QRectF(QPointF(), QSizeF(size)), colour);
        painter.end();
        QPixmapCache::insert(key, result);
        return result;
    }
    QIconEngine* clone() const override { return new ThemedIconEngine(m_name); }

  private:
    QString m_name;
};

}  // namespace

QIcon themedIcon(const QString& name) {
    return QIcon(new ThemedIconEngine(name));
}

void paintIcon(QPainter& painter, const QString& name, const QRectF& rect, const QColor& colour) {
    QSvgRenderer renderer(svgSource(name, colour));
    if (renderer.isValid()) renderer.render(&painter, rect);
}

QIcon applicationIcon() {
    return QIcon(":/icons/imago.svg");
}

}  // namespace imago
