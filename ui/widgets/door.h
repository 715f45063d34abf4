// Door: a card of the start page: pictures that change, a headline, a sentence, a verb. GUI thread.
#pragma once

#include <QAbstractButton>

#include "ui/widgets/preview_frame.h"

namespace imago {

// What stands on a door: English texts, translated in the context of whoever has the table.
struct DoorRow {
    const char *icon, *headline, *sentence, *verb;
};

class Door : public QAbstractButton {
    Q_OBJECT
  public:
    Door(const char* context, const DoorRow& row, QWidget* parent = nullptr);  // context, texts: static
    void setPictures(const PreviewFrames& frames);
    void advance();  // the next of its pictures
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    void retranslate();
    int sentenceHeight() const;
    const char* m_context;
    DoorRow m_row;
    QString m_sentence, m_verb;
    PreviewFrames m_frames;
    int m_phase = 0;
};

}  // namespace imago
