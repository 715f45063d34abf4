// Dataset: the pictures that a model learns from, decoded once to the model's resolution and held as uint8 in RAM; what is
// too large for that is read (a folder: decoded) again and again. Immutable after opening: any thread.
// Opening may take seconds and reports its progress.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/data_shape.h"
#include "core/data/report.h"

namespace imago {

struct SkippedItem {
    std::string name;  // inside the dataset, printable UTF-8
    Error reason;
};

// What the sources fill in; a Dataset is made from it and never changes again.
struct DatasetContents {
    std::string spec;  // as asked for: "fashion-mnist:test"
    DataShape shape;
    std::vector<std::uint8_t> pixels;                  // [N, H, W, C]
    std::vector<std::int32_t> classes;                 // [N], -1 = none; empty: unlabelled
    std::vector<std::string> names;                    // [N] file names; empty: items are known by their number
    std::vector<std::array<std::uint8_t, 32>> hashes;  // [N] SHA-256 of each item as stored in its source
    std::vector<SkippedItem> skipped;
    std::size_t ignored = 0;  // files that do not look like pictures at all
    DataReport report;
    // Instead of `pixels`: made anew each time; called from several threads at once, gives the same bytes every time.
    std::function<Result<void>(std::size_t index, std::uint8_t* out)> reader;
};

class Dataset {
  public:
    explicit Dataset(DatasetContents contents);

    const std::string& spec() const { return m_contents.spec; }
    const DataShape& shape() const { return m_contents.shape; }
    std::size_t size() const { return m_size; }
    std::size_t itemBytes() const { return m_itemBytes; }
    int classOf(std::size_t index) const { return m_contents.classes.empty() ? -1 : m_contents.classes[index]; }
    bool resident() const { return !m_contents.reader; }  // false: only read() gives pictures, and takes its time
    const std::uint8_t* pixels(std::size_t index) const {
        return m_contents.pixels.data() + index * m_itemBytes;
    }  // HWC; only if resident()
    // One picture [H, W, C] into `out`. An error: its file has vanished or changed since the dataset was opened.
    Result<void> read(std::size_t index, std::uint8_t* out) const;
    Result<void> readNamed(std::size_t index, std::uint8_t* out) const;  // the error says which picture
    bool named() const { return !m_contents.names.empty(); }
    std::string nameOf(std::size_t index) const;                                             // printable UTF-8
    const std::string& rawName(std::size_t index) const { return m_contents.names[index]; }  // only if named()
    const std::vector<SkippedItem>& skipped() const { return m_contents.skipped; }
    std::size_t ignored() const { return m_contents.ignored; }
    const DataReport& report() const { return m_contents.report; }
    const std::array<std::uint8_t, 32>& hashOf(std::size_t index) const { return m_contents.hashes[index]; }
    // SHA-256 (hex) over names, classes and content hashes: equal only for the same pictures, whatever the resolution.
    const std::string& manifestHash() const { return m_manifestHash; }

  private:
    DatasetContents m_contents;
    std::size_t m_size = 0;
    std::size_t m_itemBytes = 0;
    std::string m_manifestHash;
};

struct DatasetOptions {
    int resolution = 0;                                 // side of the square pictures; 0: the data's own (folders: see openFolder)
    int channels = 0;                                   // 1 or 3; 0: the data's own
    std::array<std::uint8_t, 3> ground{255, 255, 255};  // transparent pictures are laid on it
    bool pad = false;                                   // not square: false cuts the longer sides, true adds ground
    // A folder or a packed file whose pictures take more than this is not resident; 0: half of the machine's memory.
    std::uint64_t memoryBudget = 0;
    std::string split;  // "train" | "test" where the data have both; empty: as the spec says
    // Called from the opening thread now and then; returning false cancels (ErrorCode::Cancelled).
    std::function<bool(std::size_t done, std::size_t total)> progress;
};

// spec: as the patterns of datasetInfos(). Unknown ones are refused with the list.
Result<std::shared_ptr<const Dataset>> openDataset(const std::string& spec, const DatasetOptions& options = {});

// The same spec with its paths absolute, so that it can be read again from another folder.
std::string absoluteDataSpec(const std::string& spec);

// "white", "black", "grey" or "#rrggbb".
Result<std::array<std::uint8_t, 3>> parseGround(const std::string& text);

// What `imago datasets` and the forms list.
struct DatasetInfo {
    std::string id;       // "fashion-mnist"
    std::string label;    // IMAGO_TR
    std::string pattern;  // how it is written: "folder:PATH"
    std::string help;     // IMAGO_TR
    bool available = true;
};
std::vector<DatasetInfo> datasetInfos();

}  // namespace imago
