#include "core/sample/latent_file.h"

#include <algorithm>
#include <bit>

#include "core/base/range_coder.h"

namespace imago {

namespace {

constexpr std::size_t kHead = 24, kTail = 8;
constexpr std::array<std::uint8_t, 4> kMagic{'I', 'M', 'G', 'L'};

std::array<std::uint8_t, 32> sha256(Bytes bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

std::vector<AdaptiveModel> makeModels(const SymbolModels& models) {
    std::vector<AdaptiveModel> made;
    for (const auto& masses : models.masses) made.emplace_back(models.symbols, masses);
    if (made.empty()) made.emplace_back(models.symbols);
    return made;
}

}  // namespace

bool isLatentFile(Bytes head) {
    return head.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), head.begin());
}

std::vector<std::uint8_t> encodeLatentFile(const LatentFile& file) {
    std::vector<std::uint8_t> out(kMagic.begin(), kMagic.end());
    const auto put = [&out](std::uint32_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    put(LatentFile::kVersion, 1);
    put(file.codes ? 1 : 0, 1);
    put(static_cast<std::uint32_t>(file.channels), 1);
    put(0, 1);
    put(static_cast<std::uint32_t>(file.width), 2);
    put(static_cast<std::uint32_t>(file.height), 2);
    put(std::bit_cast<std::uint32_t>(file.step), 4);
    out.insert(out.end(), file.model.begin(), file.model.end());
    out.insert(out.end(), file.payload.begin(), file.payload.end());
    const auto hash = sha256(out);
    out.insert(out.end(), hash.begin(), hash.begin() + kTail);
    return out;
}

Result<LatentFile> decodeLatentFile(Bytes bytes, const std::string& name) {
    if (!isLatentFile(bytes)) return Error{ErrorCode::BadInput, IMAGO_TR("{file} is not a latent file."), {{"file", name}}};
    const auto damaged = [&] {
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} is damaged: its contents do not match its hash."),
                     {{"file", name}},
                     IMAGO_TR("Make it again from the picture, or take another copy.")};
    };
    if (bytes.size() < kHead + kTail) return damaged();
    if (bytes[4] != LatentFile::kVersion)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} was written by another version of Imago (latent format {version}; this one reads {known})."),
                     {{"file", name}, {"version", std::to_string(bytes[4])}, {"known", std::to_string(LatentFile::kVersion)}}};
    const auto hash = sha256(bytes.first(bytes.size() - kTail));
    if (!std::equal(hash.begin(), hash.begin() + kTail, bytes.end() - kTail)) return damaged();
    const auto get = [&bytes](std::size_t at, int count) {
        std::uint32_t value = 0;
        for (int i = 0; i < count; ++i) value |= std::uint32_t{bytes[at + static_cast<std::size_t>(i)]} << (8 * i);
        return value;
    };
    LatentFile file;
    file.codes = bytes[5] == 1;
    file.channels = bytes[6];
    file.width = static_cast<int>(get(8, 2));
    file.height = static_cast<int>(get(10, 2));
    file.step = std::bit_cast<float>(get(12, 4));
    std::copy_n(bytes.begin() + 16, file.model.size(), file.model.begin());
    file.payload.assign(bytes.begin() + kHead, bytes.end() - kTail);
    if (bytes[5] > 1 || bytes[7] != 0 || file.channels < 1 || file.channels > 4 || file.width < 1 || file.height < 1 ||
        (!file.codes && !(file.step > 0 && file.step < 1e6f)))
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} describes a picture in a way that makes no sense."), {{"file", name}}};
    return file;
}

std::vector<std::uint8_t> encodeSymbols(const std::vector<std::uint32_t>& values, const SymbolModels& models) {
    std::vector<AdaptiveModel> adaptive = makeModels(models);
    RangeEncoder encoder;
    for (std::size_t i = 0; i < values.size(); ++i) encoder.encode(adaptive[i % models.positions % adaptive.size()], values[i]);
    return encoder.finish();
}

Result<std::vector<std::uint32_t>> decodeSymbols(Bytes payload, std::size_t count, const SymbolModels& models, const std::string& name) {
    std::vector<AdaptiveModel> adaptive = makeModels(models);
    RangeDecoder decoder(payload);
    std::vector<std::uint32_t> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = decoder.decode(adaptive[i % models.positions % adaptive.size()]);
        if (values[i] >= models.symbols)
            return Error{ErrorCode::BadInput, IMAGO_TR("{file} holds symbols that its model does not know."), {{"file", name}}};
    }
    return values;
}

// Mass ~ 1 / (s^2 + d^2)^2, which only takes whole-number arithmetic: floating-point bells differ between machines.
std::vector<std::uint32_t> bellMasses(std::uint32_t symbols, std::uint32_t deviationSixteenths) {
    constexpr std::uint64_t kWeight = 64 * 16;  // 64 observations in all, so that a picture of many tiles soon speaks for itself
    const std::uint64_t s = std::clamp<std::uint64_t>(deviationSixteenths, 4, 1U << 14);
    std::vector<std::uint64_t> shape(symbols);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < symbols; ++i) {
        const std::uint64_t d = 16 * (i > symbols / 2 ? i - symbols / 2 : symbols / 2 - i);
        const std::uint64_t fall = ((s * s + d * d) << 8) / (s * s);  // 256 at the middle
        shape[i] = (std::uint64_t{1} << 40) / (fall * fall);
        sum += shape[i];
    }
    std::vector<std::uint32_t> masses(symbols);
    for (std::uint32_t i = 0; i < symbols; ++i) masses[i] = static_cast<std::uint32_t>(shape[i] * kWeight / sum);
    return masses;
}

}  // namespace imago
