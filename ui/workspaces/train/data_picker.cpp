#include "ui/workspaces/train/data_picker.h"

#include <QComboBox>
#include <QEvent>
#include <QFileDialog>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/bridge/core_text.h"
#include "ui/bridge/studio_bridge.h"
#include "ui/theme/icons.h"
#include "ui/theme/measures.h"
#include "ui/theme/theme.h"

namespace imago {

namespace {

enum DataRow { Clothes, Shapes, Emoji, Folder, IndexFile, Chosen };

std::string pathOf(const std::string& data) {
    return data.substr(data.find(':') + 1);
}

}  // namespace

QString dataWords(const std::string& data) {
    if (data == "fashion-mnist") return DataPicker::tr("Clothes (Fashion-MNIST)");
    if (data.rfind("shapes", 0) == 0) return DataPicker::tr("Simple shapes");
    if (data == "glyphs:emoji") return DataPicker::tr("Colour emoji");
    std::string path = pathOf(data);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return QString::fromStdString(path.substr(path.find_last_of('/') + 1));
}

PictureStrip::PictureStrip(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    hide();
}

void PictureStrip::setFrame(const PreviewFrame& frame) {
    m_frame = frame;
    setVisible(!frame.image.isNull());
    updateGeometry();
    update();
}

QSize PictureStrip::sizeHint() const {
    return {0, 2 * measure::stripPicture + measure::grid};
}

void PictureStrip::paintEvent(QPaintEvent*) {
    if (m_frame.image.isNull()) return;
    QPainter painter(this);
    const int side = measure::stripPicture, pitch = side + measure::grid;
    const int columns = std::max(1, (width() + measure::grid) / pitch);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    for (int i = 0; i < std::min(2 * columns, m_frame.tiles()); ++i)
        painter.drawImage(QRect(i % columns * pitch, i / columns * pitch, side, side), m_frame.image, m_frame.tileRect(i));
}

DataPicker::DataPicker(StudioBridge* bridge, QWidget* parent)
    : QWidget(parent),
      m_bridge(bridge),
      m_caption(new SectionLabel(this)),
      m_note(new CaptionLabel(this)),
      m_box(new QComboBox(this)),
      m_strip(new PictureStrip(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(measure::gap);
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_box->setMinimumContentsLength(8);
    m_note->setWordWrap(true);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_caption, m_box, m_strip, m_note}) column->addWidget(widget);
    m_box->installEventFilter(this);
    connect(m_box, &QComboBox::activated, this, &DataPicker::activated);
    connect(bridge->looks(), &DataLooks::seen, this, [this](const DataLook& look) {
        if (look.data != m_data) return;
        m_look = look;
        m_strip->setFrame(look.pictures);
        retranslate();
        Q_EMIT changed();
    });
    choose(m_data);
}

void DataPicker::choose(const std::string& data) {
    m_data = data;
    m_look = {};
    m_strip->setFrame({});
    m_bridge->looks()->look(data);
    retranslate();
    Q_EMIT changed();
}

// The arrows open the list: walking over the closed box would ask for a folder on the way.
bool DataPicker::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_box && event->type() == QEvent::KeyPress) {
        static constexpr int keys[] = {Qt::Key_Up, Qt::Key_Down, Qt::Key_PageUp, Qt::Key_PageDown, Qt::Key_Home, Qt::Key_End};
        if (std::ranges::find(keys, static_cast<QKeyEvent*>(event)->key()) != std::end(keys)) {
            m_box->showPopup();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void DataPicker::activated(int index) {
    switch (m_box->itemData(index).toInt()) {
        case Clothes:
            return choose("fashion-mnist");
        case Shapes:
            return choose("shapes");
        case Emoji:
            return choose("glyphs:emoji");
        case Folder:
            return browseFolder();
        case IndexFile:
            return browseFile();
        default:
            return;
    }
}

void DataPicker::browseFolder() {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Choose a folder of pictures"));
    if (folder.isEmpty()) return retranslate();
    choose("folder:" + folder.toStdString());
}

void DataPicker::browseFile() {
    const QString file = QFileDialog::getOpenFileName(
        this, tr("Choose a file of pictures"), {}, tr("Files of pictures (*ubyte *ubyte.gz *.idx *.idx.gz *.safetensors);;All files (*)"));
    if (file.isEmpty()) return retranslate();
    choose((file.endsWith(".safetensors") ? "packed:" : "idx:") + file.toStdString());
}

namespace {

// Only the first of the names, without its folders.
Error inShort(Error finding) {
    for (auto& [key, value] : finding.args) {
        if (key != "names") continue;
        const std::size_t end = value.find(", ");
        const std::string first = value.substr(0, end);
        value = first.substr(first.rfind('/') + 1) + (end == std::string::npos ? "" : ", …");
    }
    return finding;
}

}  // namespace

QString DataPicker::expectation() const {
    if (m_data == "fashion-mnist") return tr("60,000 small grey pictures of clothes in ten kinds; they come with Imago.");
    if (m_data == "shapes") return tr("Coloured circles, squares and triangles that Imago draws itself.");
    if (m_data == "glyphs:emoji") return tr("The colour emoji of this machine's fonts, by their groups: faces, animals, food and more.");
    if (m_look.error || !m_bridge->ready()) return {};
    if (!m_look.count) return tr("Looking at the pictures.");
    const int n = int(*m_look.count);
    if (n < 20) return tr("%Ln picture(s): expect variations of your pictures.", nullptr, n);
    if (n <= 2000)
        return tr("%Ln picture(s): starts from a model that already knows shapes and colours, where one fits; may repeat your pictures.",
                  nullptr, n);
    return tr("%Ln picture(s): learns from scratch.", nullptr, n);
}

void DataPicker::retranslate() {
    m_caption->setText(tr("Pictures to learn from"));
    m_box->setAccessibleName(m_caption->text());
    m_box->clear();
    m_box->addItem(themedIcon("shirt"), dataWords("fashion-mnist"), Clothes);
    m_box->addItem(themedIcon("shapes"), dataWords("shapes"), Shapes);
    m_box->addItem(themedIcon("smile"), dataWords("glyphs:emoji"), Emoji);
    int current = m_data == "fashion-mnist" ? 0 : m_data == "shapes" ? 1 : m_data == "glyphs:emoji" ? 2 : -1;
    if (current < 0) {
        m_box->addItem(themedIcon("pictures"), dataWords(m_data), Chosen);
        current = m_box->count() - 1;
        m_box->setItemData(current, QString::fromStdString(pathOf(m_data)), Qt::ToolTipRole);
    }
    m_box->setToolTip(current > 2 ? QString::fromStdString(pathOf(m_data)) : QString());
    m_box->addItem(themedIcon("folder"), tr("A folder of pictures…"), Folder);
    m_box->addItem(themedIcon("folder"), tr("A file of pictures…"), IndexFile);
    m_box->setCurrentIndex(current);
    QString note = expectation(), names;
    for (const Error& finding : m_look.findings) {
        note += QString::fromUtf8("\n• ") + errorText(inShort(finding));
        names += (names.isEmpty() ? "" : "\n\n") + errorText(finding);
    }
    m_note->setText(note);
    m_note->setToolTip(names);
    m_note->setVisible(!note.isEmpty());
}

void DataPicker::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) retranslate();
    QWidget::changeEvent(event);
}

}  // namespace imago
