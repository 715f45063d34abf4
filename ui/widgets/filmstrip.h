// Filmstrip: every preview of a run under the plot, at its own step on the plot's axis, with the plot's cursor. All frames
// have a tick; thumbnails stand where there is room. GUI thread.
#pragma once

#include <QWidget>

#include "ui/widgets/preview_frame.h"

namespace imago {

class Filmstrip : public QWidget {
    Q_OBJECT
  public:
    explicit Filmstrip(QWidget* parent = nullptr);
    void setFrames(const PreviewFrames* frames);  // not owned
    void framesChanged();
    void setRange(double fromStep, double toStep);  // the plot's x axis
    void setTile(int tile);                         // which tile the thumbnails show; -1: the first
    void setCursor(int frame);                      // hovered frame; -1: none
    void setPinned(int frame);                      // -1: follows the newest
    int pinned() const { return m_pinned; }
    int frameAtX(double x) const;  // nearest frame; -1: none
    double xOf(int frame) const;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  Q_SIGNALS:
    void hovered(int frame);  // -1: left
    void picked(int frame);   // -1: follow the newest again

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void describe();
    void step(int by);
    const PreviewFrames* m_frames = nullptr;
    double m_from = 0, m_to = 10;
    int m_tile = 0, m_cursor = -1, m_pinned = -1;
};

}  // namespace imago
