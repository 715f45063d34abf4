// Icons: our SVGs in one stroke weight, painted in the colour of the current palette. GUI thread.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>
#include <QString>

class QPainter;
class QRectF;

namespace imago {

QIcon themedIcon(const QString& name);  // recoloured at every paint: follows a theme switch by itself
void paintIcon(QPainter& painter, const QString& name, const QRectF& rect, const QColor& colour);
QIcon applicationIcon();

}  // namespace imago
