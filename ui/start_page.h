// StartPage: what a newcomer sees: doors that work today, each with real pictures that change. GUI thread.
#pragma once

#include <QAbstractButton>
#include <QTimer>
#include <QWidget>

#include "ui/widgets/preview_frame.h"

namespace imago {

class StudioBridge;

// A card: pictures, a headline, a sentence, a verb.
class Door : public QAbstractButton {
    Q_OBJECT
  public:
    explicit Door(QString icon, QWidget* parent = nullptr);
    void setTexts(const QString& headline, const QString& sentence, const QString& verb);
    void setPictures(const PreviewFrames& frames);
    void advance();  // the next of its pictures
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    int sentenceHeight() const;
    QString m_icon, m_sentence, m_verb;
    PreviewFrames m_frames;
    int m_phase = 0;
};

class StartPage : public QWidget {
    Q_OBJECT
  public:
    explicit StartPage(StudioBridge* bridge, QWidget* parent = nullptr);
    void setNewestRun(const PreviewFrames& frames);

  Q_SIGNALS:
    void clothesWanted();
    void picturesWanted();
    void runWanted();

  protected:
    void changeEvent(QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    void retranslate();
    QWidget *m_title, *m_sentence;
    Door *m_clothes, *m_pictures, *m_run;
    QTimer m_timer;
};

}  // namespace imago
