// links: imago_ml
// Between pictures and tensors: every kind of sample there and back, rectangles, and what no picture can hold.
#include <QtTest>
#include <array>
#include <cmath>
#include <limits>

#include "core/image/geometry.h"
#include "core/nn/torch_pch.h"
#include "core/tensor/tensor_image.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

class TestTensorImage : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() { torch::set_num_threads(1); }

    void everyByteThereAndBack() {
        Image all(256, 1, 1);
        for (int i = 0; i < 256; ++i) all.data()[i] = std::uint8_t(i);
        const at::Tensor x = tensorOf(std::array{all.view()});
        QCOMPARE(x.sizes().vec(), (std::vector<std::int64_t>{1, 1, 1, 256}));
        for (int i = 0; i < 256; ++i) QCOMPARE(x[0][0][0][i].item<float>(), float(i) / 127.5F - 1);
        QVERIFY(imagesOf(x).front() == all);
    }

    void everyKindThereAndBack() {
        for (int channels = 1; channels <= 4; ++channels)
            for (const PixelType type : {PixelType::U8, PixelType::U16, PixelType::F32}) {
                std::vector<Image> images;
                for (unsigned i = 0; i < 3; ++i) images.push_back(randomImage(7, 5, channels, type, i));
                const at::Tensor x = tensorOf(viewsOf(images));
                QCOMPARE(x.sizes().vec(), (std::vector<std::int64_t>{3, channels, 5, 7}));
                QVERIFY(x.is_contiguous() && x.scalar_type() == at::kFloat);
                QVERIFY(x.min().item<float>() >= -1 && x.max().item<float>() <= 1);
                const std::vector<Image> back = imagesOf(x, type);
                for (std::size_t i = 0; i < 3; ++i) {
                    if (type != PixelType::F32) {
                        QVERIFY(back[i] == images[i]);
                        continue;
                    }
                    QCOMPARE(back[i].type(), PixelType::F32);  // minus one, plus one: the last bits of dark ones go
                    for (int k = 0; k < 7 * 5 * channels; ++k)
                        QVERIFY(std::abs(back[i].row<float>(0)[k] - images[i].row<float>(0)[k]) < 1e-7F);
                }
            }
    }

    void kindsAgree() {
        const Image bytes = randomImage(9, 4, 3, PixelType::U8, 5), wide = withType(bytes, PixelType::U16),
                    real = withType(bytes, PixelType::F32);
        const at::Tensor x = tensorOf(std::array{bytes.view()});
        QVERIFY(at::allclose(tensorOf(std::array{wide.view()}), x, 0, 1e-6));
        QVERIFY(at::allclose(tensorOf(std::array{real.view()}), x, 0, 1e-6));
        QVERIFY(withType(imagesOf(x, PixelType::U16).front(), PixelType::U8) == bytes);
        QVERIFY(withType(imagesOf(x, PixelType::F32).front(), PixelType::U8) == bytes);
    }

    void rectangles() {
        for (const PixelType type : {PixelType::U8, PixelType::U16, PixelType::F32}) {
            const Image image = randomImage(12, 9, 3, type, 8);
            const at::Tensor whole = tensorOf(std::array{image.view()});
            const at::Tensor x = tensorOf(std::array{part(image, {3, 2, 5, 4}), part(image, {0, 5, 5, 4})});
            QVERIFY(at::equal(x[0], whole[0].slice(1, 2, 6).slice(2, 3, 8)));
            QVERIFY(at::equal(x[1], whole[0].slice(1, 5, 9).slice(2, 0, 5)));
        }
    }

    void whatNoPictureHolds() {
        const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
        const at::Tensor x = torch::tensor({nan, -infinity, -1.5F, 0.F, 1.5F, infinity}).view({1, 1, 1, 6});
        QCOMPARE(samples(imagesOf(x).front()), (std::vector<int>{0, 0, 0, 128, 255, 255}));
        QCOMPARE(samples(imagesOf(x, PixelType::U16).front()), (std::vector<int>{0, 0, 0, 32768, 65535, 65535}));
        const std::vector<Image> real = imagesOf(x, PixelType::F32);
        const float want[] = {0, 0, 0, 0.5F, 1, 1};
        for (int i = 0; i < 6; ++i) QCOMPARE(real.front().row<float>(0)[i], want[i]);
    }

    // What datasets hold: the same numbers as one by one, in the order of memory that convolutions like.
    void manyPixels() {
        std::vector<Image> images;
        for (unsigned i = 0; i < 4; ++i) images.push_back(randomImage(6, 3, 3, PixelType::U8, i));
        at::Tensor bytes = at::empty({4, 3, 6, 3}, at::kByte);
        for (std::int64_t i = 0; i < 4; ++i)
            std::copy_n(images[std::size_t(i)].data(), images[std::size_t(i)].byteCount(), bytes[i].data_ptr<std::uint8_t>());
        const at::Tensor x = floatPixels(bytes);
        QVERIFY(at::equal(x, tensorOf(viewsOf(images))));
        QVERIFY(x.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
};

QTEST_GUILESS_MAIN(TestTensorImage)
#include "tst_tensor_image.moc"
