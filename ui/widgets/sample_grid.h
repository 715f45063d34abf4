// SampleGrid: the tiles of one preview, at whole multiples of device pixels, each with its seed. Moving the pointer across
// a tile scrubs that tile through the whole run. GUI thread.
#pragma once

#include <QWidget>

#include "ui/widgets/preview_frame.h"

namespace imago {

class SampleGrid : public QWidget {
    Q_OBJECT
  public:
    explicit SampleGrid(QWidget* parent = nullptr);
    void setFrames(const PreviewFrames* frames);  // not owned; null or empty shows the empty sentence
    void framesChanged();                         // frames were added or dropped
    void setCurrent(int frame);                   // -1: the newest
    int shownFrame() const;                       // index; -1: none
    void setEmptyText(const QString& text);
    void setSmooth(bool smooth);  // filtered instead of nearest neighbour
    bool isSmooth() const { return m_smooth; }
    void setRendering(bool rendering);  // a fresh preview is on its way
    int selectedTile() const { return m_selected; }

    struct Layout {
        int columns = 0, rows = 0, scale = 0;  // scale in device pixels a picture pixel; 0: fitted and filtered
        QSize tile;                            // device pixels
        QPoint origin;                         // device pixels
        int spacing = 0;
    };
    Layout arrange() const;
    QRectF tileRect(int tile) const;            // logical pixels
    int tileAt(const QPointF& position) const;  // -1: none

    QSize sizeHint() const override { return {640, 400}; }
    QSize minimumSizeHint() const override { return {240, 160}; }

  Q_SIGNALS:
    void scrubbed(int frame);  // -1: the pointer left
    void tileSelected(int tile);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;

  private:
    void paintTile(QPainter& painter, int tile);
    void paintChip(QPainter& painter, int tile);
    void describe();
    const PreviewFrames* m_frames = nullptr;
    int m_current = -1, m_hovered = -1, m_selected = -1;
    int m_scrub = -1;  // frame shown in the hovered tile; -1: as the others
    bool m_smooth = false, m_rendering = false;
    QString m_empty;
};

}  // namespace imago
