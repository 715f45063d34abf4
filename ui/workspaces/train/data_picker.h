// DataPicker: which pictures to learn from: the choice, what to expect of so many, and the first of them as the model
// will see them. GUI thread.
#pragma once

#include <QWidget>

#include "ui/bridge/data_looks.h"

class QComboBox;
class QLabel;

namespace imago {

class StudioBridge;

QString dataWords(const std::string& data);  // "fashion-mnist" -> "Clothes (Fashion-MNIST)"; a path: its last part

// The first pictures of a set, in rows that fit the width.
class PictureStrip : public QWidget {
    Q_OBJECT
  public:
    explicit PictureStrip(QWidget* parent = nullptr);
    void setFrame(const PreviewFrame& frame);  // empty: hidden
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    PreviewFrame m_frame;
};

class DataPicker : public QWidget {
    Q_OBJECT
  public:
    explicit DataPicker(StudioBridge* bridge, QWidget* parent = nullptr);
    void choose(const std::string& data);  // "fashion-mnist", "folder:/..."
    const std::string& data() const { return m_data; }
    const std::optional<Error>& error() const { return m_look.error; }  // why these pictures cannot be used
    QComboBox* box() const { return m_box; }

  Q_SIGNALS:
    void changed();  // another choice, or more is known of it

  protected:
    void changeEvent(QEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void activated(int index);
    void browseFolder();
    void browseFile();
    void retranslate();
    QString expectation() const;

    StudioBridge* m_bridge;
    std::string m_data = "fashion-mnist";
    DataLook m_look;  // once they have been looked at
    QLabel *m_caption, *m_note;
    QComboBox* m_box;
    PictureStrip* m_strip;
};

}  // namespace imago
