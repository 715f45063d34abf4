#include "core/sample/compress_job.h"

#include <algorithm>
#include <cmath>

#include "core/base/durable_file.h"
#include "core/image/codecs.h"
#include "core/image/difference.h"
#include "core/image/tiles.h"
#include "core/models/generative_model.h"
#include "core/models/latent_space.h"
#include "core/nn/torch_pch.h"
#include "core/sample/latent_file.h"
#include "core/tensor/tensor_image.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostNumbers = std::size_t(1) << 28;  // of a latent file: more is a header that lies
constexpr std::size_t kTilesAtOnce = 16;
constexpr std::uint32_t kNumberSymbols = 511;  // rounded numbers from -255 to 255 steps about their mean
constexpr double kCodeWeight = 16 * 4096;      // 4096 observations is what the model's own statistics of its codes are worth

class CompressJob final : public Job {
  public:
    CompressJob(CompressRequest request, ModelCache& models) : m_request(std::move(request)), m_models(models) {}

    std::string kind() const override { return CompressRequest::kind; }
    std::string title() const override { return m_request.in.name(); }

    Result<Slice> step(JobContext& context) override {
        const torch::NoGradGuard noGradients;
        if (!m_space) {
            IMAGO_TRY(begin());
            return Slice::More;
        }
        IMAGO_TRY(m_decoding ? decodeSome() : encodeSome());
        context.emit(JobProgress{static_cast<std::int64_t>(m_done), static_cast<std::int64_t>(m_grid.count()), 0, -1,
                                 m_decoding ? IMAGO_TR("Making the picture") : IMAGO_TR("Looking into the picture")});
        if (m_done < m_grid.count()) return Slice::More;
        IMAGO_TRY(m_decoding ? writePicture() : writeLatents());
        return Slice::Done;
    }

    Result<Json> finish(FinishReason reason, JobContext&) override {
        m_space.reset();
        return reason == FinishReason::Done ? m_result : Json(Json::object());
    }

  private:
    Result<void> begin();
    Result<void> beginEncoding(Bytes bytes);
    Result<void> beginDecoding(Bytes bytes);
    Result<void> encodeSome();
    Result<void> decodeSome();
    Result<void> writeLatents();
    Result<void> writePicture();
    SymbolModels symbolModels() const;
    std::size_t positions() const { return static_cast<std::size_t>(m_codes ? m_space->places() : m_space->dimension()); }
    std::vector<std::uint32_t> symbolsOf(const at::Tensor& latent) const;
    Result<std::vector<Image>> picturesOf(std::size_t first, std::size_t count) const;    // of m_symbols
    double signalToNoise() const { return std::min(psnr(m_picture, m_returned), 99.0); }  // equal pictures: 99
    double pixels() const { return static_cast<double>(m_grid.width) * m_grid.height; }

    CompressRequest m_request;
    ModelCache& m_models;
    std::shared_ptr<CachedModel> m_model;
    std::unique_ptr<LatentSpace> m_space;
    LatentSpace::Statistics m_statistics;
    std::array<std::uint8_t, 8> m_modelId{};
    bool m_decoding = false, m_codes = false;
    double m_step = 0.1;
    TileGrid m_grid{};
    Image m_picture;   // as the model sees it, or what comes out of it
    Image m_returned;  // encoding: what decoding will give; decoding: what to compare with
    std::vector<std::uint32_t> m_symbols;
    std::size_t m_done = 0;  // tiles
    std::size_t m_fileBytes = 0;
    Json m_result = Json::object();
};

Result<void> CompressJob::begin() {
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    auto space = m_model->model().latentSpace();
    if (!space || !space->encodes())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The model {model} makes pictures but cannot look into them."),
                     {{"model", m_request.model}},
                     IMAGO_TR("Train one of the family vae."),
                     "model"};
    for (std::size_t i = 0; i < m_modelId.size(); ++i)
        m_modelId[i] = static_cast<std::uint8_t>(std::stoi(m_model->loaded.sha256.substr(2 * i, 2), nullptr, 16));
    m_codes = space->codeCount() > 0;
    m_statistics = space->statistics();
    for (const auto* numbers : {&m_statistics.mean, &m_statistics.deviation})
        if (!std::all_of(numbers->begin(), numbers->end(), [](float v) { return std::isfinite(v); }))
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("The model {model} holds values that are not numbers; it cannot look into pictures."),
                         {{"model", m_request.model}},
                         {},
                         "model"};
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(m_request.in.path()));
    m_decoding = isLatentFile(bytes);
    m_space = std::move(space);
    return m_decoding ? beginDecoding(bytes) : beginEncoding(bytes);
}

Result<void> CompressJob::beginEncoding(Bytes bytes) {
    const DataShape& shape = m_model->model().shape();
    const std::string name = m_request.in.name();
    IMAGO_ASSIGN(const Image read, readImage(bytes, name));
    constexpr int kLargest = 65535;
    if (read.width() > kLargest || read.height() > kLargest)
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} is too large for a latent file."), {{"file", name}}, {}, "in"};
    m_picture = withChannels(withType(read, PixelType::U8), shape.channels);
    m_grid = {m_picture.width(), m_picture.height(), shape.width, shape.height};
    m_returned = Image(m_picture.width(), m_picture.height(), shape.channels);
    // Numbers are kept as at most 255 steps to either side of their mean: as fine as asked for, as coarse as five deviations need.
    const auto widest = std::max_element(m_statistics.deviation.begin(), m_statistics.deviation.end());
    const double least = m_codes || widest == m_statistics.deviation.end() ? 0 : 5.0 * double(*widest) / (kNumberSymbols / 2);
    m_step = static_cast<double>(static_cast<float>(std::max(m_request.precision, least)));  // as the file keeps it
    if (!m_codes) m_result["precision"] = m_step;
    m_result["source_channels"] = read.channels();
    return {};
}

Result<void> CompressJob::beginDecoding(Bytes bytes) {
    const DataShape& shape = m_model->model().shape();
    const std::string name = m_request.in.name();
    IMAGO_ASSIGN(const LatentFile file, decodeLatentFile(bytes, name));
    if (file.model != m_modelId || file.codes != m_codes || file.channels != shape.channels)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} was made with another model (its hash begins with {wanted}; this one's with {given})."),
                     {{"file", name}, {"wanted", toHex(file.model)}, {"given", toHex(m_modelId)}},
                     IMAGO_TR("Give the model that it was made with."),
                     "model"};
    m_grid = {file.width, file.height, shape.width, shape.height};
    m_step = file.step;
    m_fileBytes = bytes.size();
    IMAGO_TRY(checkImageSize(file.width, file.height, file.channels, 1, name));
    if (m_grid.count() * positions() > kMostNumbers)
        return Error{
            ErrorCode::BadInput, IMAGO_TR("{file} claims a picture that is too large for this model."), {{"file", name}}, {}, "in"};
    IMAGO_ASSIGN(m_symbols, decodeSymbols(file.payload, m_grid.count() * positions(), symbolModels(), name));
    m_picture = Image(file.width, file.height, shape.channels);
    if (m_request.compare.isEmpty()) return {};
    IMAGO_ASSIGN(const Image original, readImage(fs::path(m_request.compare.path())));
    if (original.width() != file.width || original.height() != file.height)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} does not have the size of the decoded picture."),
                     {{"file", m_request.compare.name()}},
                     {},
                     "compare"};
    m_returned = withChannels(withType(original, PixelType::U8), shape.channels);
    return {};
}

SymbolModels CompressJob::symbolModels() const {
    SymbolModels models;
    models.positions = positions();
    if (m_codes) {
        models.symbols = static_cast<std::uint32_t>(m_space->codeCount());
        models.masses.emplace_back();
        for (const double f : m_space->codeFrequencies())
            models.masses[0].push_back(static_cast<std::uint32_t>(std::lround(f * kCodeWeight)));
        return models;
    }
    models.symbols = kNumberSymbols;
    for (const float deviation : m_statistics.deviation)
        models.masses.push_back(
            bellMasses(kNumberSymbols, static_cast<std::uint32_t>(std::lround(std::clamp(16.0 * double(deviation) / m_step, 1.0, 1e6)))));
    return models;
}

std::vector<std::uint32_t> CompressJob::symbolsOf(const at::Tensor& latent) const {
    std::vector<std::uint32_t> symbols;
    if (m_codes) {
        const auto codes = latent.to(torch::kCPU).contiguous();
        for (std::int64_t i = 0; i < codes.numel(); ++i) symbols.push_back(static_cast<std::uint32_t>(codes.data_ptr<std::int64_t>()[i]));
        return symbols;
    }
    const auto values = latent.to(torch::kCPU, torch::kFloat).contiguous();
    constexpr double kMiddle = kNumberSymbols / 2;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        const double off = double(values.data_ptr<float>()[i]) - double(m_statistics.mean[static_cast<std::size_t>(i) % positions()]);
        symbols.push_back(static_cast<std::uint32_t>(std::clamp(std::round(off / m_step), -kMiddle, kMiddle) + kMiddle));
    }
    return symbols;
}

Result<std::vector<Image>> CompressJob::picturesOf(std::size_t first, std::size_t count) const {
    const auto n = static_cast<std::int64_t>(count), each = static_cast<std::int64_t>(positions());
    const std::uint32_t* from = m_symbols.data() + first * positions();
    if (m_codes) {
        std::vector<std::int64_t> codes(from, from + count * positions());
        IMAGO_ASSIGN(const at::Tensor pixels, m_space->decodeCodes(torch::tensor(codes).view({n, each})));
        return imagesOf(pixels);
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < count * positions(); ++i)
        values.push_back(static_cast<float>(double(m_statistics.mean[i % positions()]) + (double(from[i]) - kNumberSymbols / 2) * m_step));
    IMAGO_ASSIGN(const at::Tensor pixels, m_space->decode(torch::tensor(values).view({n, each})));
    return imagesOf(pixels);
}

Result<void> CompressJob::encodeSome() {
    const std::size_t count = std::min(kTilesAtOnce, m_grid.count() - m_done);
    std::vector<Image> tiles;
    for (std::size_t i = 0; i < count; ++i) tiles.push_back(cutTile(m_picture, m_grid, m_done + i));
    const at::Tensor pixels = tensorOf(viewsOf(tiles));
    IMAGO_ASSIGN(const at::Tensor latent, m_codes ? m_space->encodeCodes(pixels) : m_space->encode(pixels));
    if (!m_codes && !at::isfinite(latent).all().item<bool>())
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The model makes nothing of this picture: its latents are not numbers."),
                     {},
                     IMAGO_TR("Use an earlier checkpoint of its run."),
                     "model"};
    const auto symbols = symbolsOf(latent);
    m_symbols.insert(m_symbols.end(), symbols.begin(), symbols.end());
    IMAGO_ASSIGN(const std::vector<Image> back, picturesOf(m_done, count));
    for (std::size_t i = 0; i < count; ++i) placeTile(m_returned, m_grid, m_done + i, back[i]);
    m_done += count;
    return {};
}

Result<void> CompressJob::decodeSome() {
    const std::size_t count = std::min(kTilesAtOnce, m_grid.count() - m_done);
    IMAGO_ASSIGN(const std::vector<Image> tiles, picturesOf(m_done, count));
    for (std::size_t i = 0; i < count; ++i) placeTile(m_picture, m_grid, m_done + i, tiles[i]);
    m_done += count;
    return {};
}

Result<void> CompressJob::writeLatents() {
    LatentFile file;
    file.codes = m_codes;
    file.channels = m_picture.channels();
    file.width = m_picture.width();
    file.height = m_picture.height();
    file.step = static_cast<float>(m_codes ? 0 : m_step);
    file.model = m_modelId;
    file.payload = encodeSymbols(m_symbols, symbolModels());
    const auto bytes = encodeLatentFile(file);
    if (const fs::path parent = fs::path(m_request.out).parent_path(); !parent.empty()) IMAGO_TRY(makeFolders(parent));
    IMAGO_TRY(writeDurably(m_request.out, Bytes(bytes)));
    m_result["direction"] = "encode";
    m_result["out"] = m_request.out;
    m_result["width"] = file.width;
    m_result["height"] = file.height;
    m_result["channels"] = file.channels;
    m_result["tiles"] = m_grid.count();
    m_result["bytes"] = bytes.size();
    m_result["payload_bytes"] = file.payload.size();
    m_result["bits_per_pixel"] = 8.0 * static_cast<double>(bytes.size()) / pixels();
    m_result["payload_bits_per_pixel"] = 8.0 * static_cast<double>(file.payload.size()) / pixels();
    m_result["psnr"] = signalToNoise();
    return {};
}

Result<void> CompressJob::writePicture() {
    if (const fs::path parent = fs::path(m_request.out).parent_path(); !parent.empty()) IMAGO_TRY(makeFolders(parent));
    IMAGO_TRY(writeImage(m_request.out, m_picture));
    m_result["direction"] = "decode";
    m_result["out"] = m_request.out;
    m_result["width"] = m_grid.width;
    m_result["height"] = m_grid.height;
    m_result["channels"] = m_picture.channels();
    m_result["bytes"] = m_fileBytes;
    m_result["bits_per_pixel"] = 8.0 * static_cast<double>(m_fileBytes) / pixels();
    if (!m_request.compare.isEmpty()) m_result["psnr"] = signalToNoise();
    return {};
}

}  // namespace

Result<std::unique_ptr<Job>> makeCompressJob(const CompressRequest& given, ModelCache& models) {
    CompressRequest request = given;
    std::error_code ignored;
    if (!fs::is_regular_file(request.in.path(), ignored))
        return Error{ErrorCode::BadInput, IMAGO_TR("There is no file {file}."), {{"file", request.in.path()}}, {}, "in"};
    if (request.out.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("Compressing needs a file to write."), {}, {}, "out"};
    if (!(request.precision >= 0.001 && request.precision <= 10))
        return Error{ErrorCode::BadInput, IMAGO_TR("The precision must be between 0.001 and 10."), {}, {}, "precision"};
    for (const PictureRef* original : {&request.in, &request.compare})
        if (!original->isEmpty() && fs::equivalent(original->path(), request.out, ignored))
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("{file} would be written over."),
                         {{"file", original->path()}},
                         IMAGO_TR("Choose another name."),
                         "out"};
    IMAGO_TRY(ModelCache::find(request.model));
    return std::unique_ptr<Job>(std::make_unique<CompressJob>(std::move(request), models));
}

}  // namespace imago
