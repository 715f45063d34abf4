#include "core/data/dataset.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include "core/base/hash.h"
#include "core/data/sources.h"

namespace imago {
namespace {

std::string makeManifestHash(const DatasetContents& contents, std::size_t size) {
    Sha256 hash;
    const auto text = [&](const std::string& s) {
        const auto length = static_cast<std::uint32_t>(s.size());
        const std::uint8_t prefix[4] = {std::uint8_t(length), std::uint8_t(length >> 8), std::uint8_t(length >> 16),
                                        std::uint8_t(length >> 24)};
        hash.update(prefix);
        hash.update(bytesOf(s));
    };
    text("imago dataset 1");
    for (const auto& name : contents.shape.classNames) text(name);
    for (std::size_t i = 0; i < size; ++i) {
        const int label = contents.classes.empty() ? -1 : contents.classes[i];
        text(contents.names.empty() ? std::string() : contents.names[i]);
        text(std::to_string(label));
        hash.update(contents.hashes[i]);
    }
    return toHex(hash.finish());
}

// "idx:IMAGES[,LABELS]": a comma inside a file name can be kept by naming an existing file.
Result<DatasetContents> openIdxSpec(const std::string& rest, const DatasetOptions& options) {
    std::error_code ignored;
    const std::size_t comma = rest.rfind(',');
    if (comma == std::string::npos || std::filesystem::exists(rest, ignored)) return openIdx(rest, std::nullopt, options);
    return openIdx(rest.substr(0, comma), std::filesystem::path(rest.substr(comma + 1)), options);
}

Result<DatasetContents> openShapesSpec(const std::string& rest, const DatasetOptions& options) {
    std::size_t count = 6000;
    if (!rest.empty()) {
        const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
        if (problem != std::errc() || end != rest.data() + rest.size() || count < 1 || count > 1'000'000)
            return Error{ErrorCode::BadInput, IMAGO_TR("shapes:{count}: the number of pictures must be 1 to 1000000."), {{"count", rest}}};
    }
    return openShapes(count, options);
}

Result<DatasetContents> openSource(const std::string& kind, const std::string& rest, bool hasRest, const DatasetOptions& options) {
    if (kind == "fashion-mnist") {
        const std::string split = hasRest ? rest : options.split;
        if (!split.empty() && split != "train" && split != "test")
            return Error{ErrorCode::BadInput, IMAGO_TR("fashion-mnist has no part {part}; it has train and test."), {{"part", split}}};
        return openFashionMnist(split == "test", options);
    }
    if (kind == "shapes") return openShapesSpec(rest, options);
    const bool wantsPath = kind == "idx" || kind == "folder" || kind == "cifar" || kind == "packed" || kind == "glyphs";
    if (wantsPath && rest.empty())
        return Error{ErrorCode::BadInput, IMAGO_TR("The dataset {kind}: needs a path or a name after the colon."), {{"kind", kind}}};
    if (kind == "idx") return openIdxSpec(rest, options);
    if (kind == "folder") return openFolder(rest, options);
    if (kind == "packed") return openPacked(rest, options);
    if (kind == "glyphs") return openGlyphs(rest, options);
    if (kind == "cifar") {
        const bool test = rest.ends_with(",test");
        return openCifar(test ? rest.substr(0, rest.size() - 5) : rest, test || options.split == "test", options);
    }
    std::string known;
    for (const auto& info : datasetInfos()) known += (known.empty() ? "" : ", ") + info.pattern;
    return Error{
        ErrorCode::BadInput, IMAGO_TR("There is no dataset {kind}. Known: {known}."), {{"kind", printableName(kind)}, {"known", known}}};
}

}  // namespace

Dataset::Dataset(DatasetContents contents) : m_contents(std::move(contents)) {
    m_itemBytes = bytesOfItem(m_contents.shape);
    m_size = m_contents.hashes.size();
    assert(m_contents.reader || m_contents.pixels.size() == m_size * m_itemBytes);
    m_contents.report.used = m_size;
    m_contents.report.ignored = m_contents.ignored;
    if (m_contents.report.files == 0) m_contents.report.files = m_size + m_contents.skipped.size();
    m_manifestHash = makeManifestHash(m_contents, m_size);
}

std::string Dataset::nameOf(std::size_t index) const {
    return m_contents.names.empty() ? std::to_string(index) : printableName(m_contents.names[index]);
}

Result<void> Dataset::read(std::size_t index, std::uint8_t* out) const {
    if (m_contents.reader) return m_contents.reader(index, out);
    std::memcpy(out, pixels(index), m_itemBytes);
    return {};
}

Result<void> Dataset::readNamed(std::size_t index, std::uint8_t* out) const {
    Result<void> done = read(index, out);
    if (done) return done;
    return Error{done.error().code, IMAGO_TR("{name}: {why}"), {{"name", nameOf(index)}, {"why", done.error().text()}}};
}

Result<std::shared_ptr<const Dataset>> openDataset(const std::string& spec, const DatasetOptions& options) {
    if (options.channels != 0 && options.channels != 1 && options.channels != 3)
        return Error{
            ErrorCode::BadInput, IMAGO_TR("Pictures have 1 or 3 channels, not {count}."), {{"count", std::to_string(options.channels)}}};
    if (options.resolution < 0 || options.resolution > 2048)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The side of the pictures must be 1 to 2048 pixels, not {side}."),
                     {{"side", std::to_string(options.resolution)}}};
    const std::size_t colon = spec.find(':');
    const bool hasRest = colon != std::string::npos;
    IMAGO_ASSIGN(DatasetContents contents,
                 openSource(spec.substr(0, colon), hasRest ? spec.substr(colon + 1) : std::string(), hasRest, options));
    contents.spec = spec;
    if (contents.hashes.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("{data} holds no pictures."), {{"data", printableName(spec)}}};
    return std::shared_ptr<const Dataset>(std::make_shared<Dataset>(std::move(contents)));
}

std::vector<DatasetInfo> datasetInfos() {
    return {
        {"fashion-mnist", IMAGO_TR("Fashion-MNIST"), "fashion-mnist[:test]",
         IMAGO_TR("60,000 small grey pictures of clothes in ten classes"), !fashionMnistFolder().empty()},
        {"shapes", IMAGO_TR("Coloured shapes"), "shapes[:COUNT]",
         IMAGO_TR("Simple figures drawn by rule, in six classes: for first tries")},
        {"folder", IMAGO_TR("A folder of pictures"), "folder:PATH",
         IMAGO_TR("PNG, JPEG, WebP, TIFF and BMP files of any shape; sub-folders are classes")},
        {"glyphs", IMAGO_TR("Letters and emoji"), "glyphs:FONT[,FONT...][,chars=...]",
         IMAGO_TR("The letters of one or several fonts, or colour emoji with their names (glyphs:emoji)")},
        {"idx", IMAGO_TR("IDX files"), "idx:IMAGES[,LABELS]", IMAGO_TR("The format of the MNIST family, plain or gzipped")},
        {"cifar", IMAGO_TR("CIFAR files"), "cifar:PATH[,test]", IMAGO_TR("CIFAR-10 or CIFAR-100 in their binary form")},
        {"packed", IMAGO_TR("A packed file"), "packed:FILE", IMAGO_TR("One file made by imago pack: nothing to decode, however large")},
    };
}

std::string absoluteDataSpec(const std::string& spec) {
    const auto absolute = [](const std::string& path) {
        std::error_code problem;
        const auto full = std::filesystem::absolute(path, problem);
        return problem ? path : full.lexically_normal().string();
    };
    std::error_code ignored;
    const std::size_t colon = spec.find(':');
    if (colon == std::string::npos) return spec;
    const std::string kind = spec.substr(0, colon), rest = spec.substr(colon + 1);
    if (kind == "folder" || kind == "packed") return kind + ":" + absolute(rest);
    if (kind == "cifar")
        return kind + ":" + (rest.ends_with(",test") ? absolute(rest.substr(0, rest.size() - 5)) + ",test" : absolute(rest));
    if (kind == "glyphs") {  // fonts that are named stay names
        std::string out = kind + ":";
        for (std::size_t at = 0; at < rest.size();) {
            if (rest.compare(at, 6, "chars=") == 0) return out + rest.substr(at);
            const std::size_t comma = std::min(rest.find(',', at), rest.size());
            const std::string part = rest.substr(at, comma - at);
            out += (std::filesystem::exists(part, ignored) ? absolute(part) : part) + (comma < rest.size() ? "," : "");
            at = comma + 1;
        }
        return out;
    }
    if (kind != "idx") return spec;
    const std::size_t comma = rest.rfind(',');
    if (comma == std::string::npos || std::filesystem::exists(rest, ignored)) return "idx:" + absolute(rest);
    return "idx:" + absolute(rest.substr(0, comma)) + "," + absolute(rest.substr(comma + 1));
}

Result<std::array<std::uint8_t, 3>> parseGround(const std::string& text) {
    using Colour = std::array<std::uint8_t, 3>;
    if (text == "white") return Colour{255, 255, 255};
    if (text == "black") return Colour{0, 0, 0};
    if (text == "grey") return Colour{128, 128, 128};
    unsigned value = 0;
    if (text.size() == 7 && text[0] == '#') {
        const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + 7, value, 16);
        if (problem == std::errc() && end == text.data() + 7)
            return Colour{std::uint8_t(value >> 16), std::uint8_t(value >> 8), std::uint8_t(value)};
    }
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("“{value}” is not a ground: white, black, grey, or a colour such as #20c0ff."),
                 {{"value", text}},
                 {},
                 "data.ground"};
}

std::uint64_t machineMemory() {
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
}

std::uint64_t memoryBudget(const DatasetOptions& options) {
    const std::uint64_t most = machineMemory() / 2;
    return options.memoryBudget > 0 ? std::min(options.memoryBudget, most) : most;
}

Result<void> checkFitsInMemory(std::size_t count, std::size_t itemBytes) {
    const double wanted = static_cast<double>(count) * static_cast<double>(itemBytes);
    const double machine = static_cast<double>(machineMemory());
    if (wanted <= machine / 2) return {};
    const auto gigabytes = [](double bytes) { return std::to_string(static_cast<long long>(bytes / 1e9 + 0.5)); };
    return Error{ErrorCode::OutOfMemory,
                 IMAGO_TR("The pictures would take {wanted} GB of memory; this machine has {machine} GB."),
                 {{"wanted", gigabytes(wanted)}, {"machine", gigabytes(machine)}},
                 IMAGO_TR("Choose a lower resolution or fewer pictures.")};
}

std::string printableName(const std::string& bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    for (std::size_t i = 0; i < bytes.size();) {
        const unsigned char first = byte(i);
        std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
        bool valid = length > 0 && i + length <= bytes.size() && (length > 1 || (first >= 0x20 && first != 0x7f));
        for (std::size_t k = 1; valid && k < length; ++k) valid = (byte(i + k) & 0xc0) == 0x80;
        // Overlong forms, surrogates and what lies above U+10FFFF are not UTF-8 either.
        if (valid && length == 3) valid = !(first == 0xe0 && byte(i + 1) < 0xa0) && !(first == 0xed && byte(i + 1) >= 0xa0);
        if (valid && length == 4) valid = !(first == 0xf0 && byte(i + 1) < 0x90) && !(first == 0xf4 && byte(i + 1) >= 0x90);
        if (valid) {
            out.append(bytes, i, length);
            i += length;
        } else {
            out += {'\\', 'x', kHex[first >> 4], kHex[first & 15]};
            ++i;
        }
    }
    return out;
}

}  // namespace imago
