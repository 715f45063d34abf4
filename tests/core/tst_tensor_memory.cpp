// links: imago_ml
// Memory of large tensors: blocks do not overlap, come back for reuse, grow together, and go when told.
#include <QtTest>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cstdint>
#include <random>
#include <thread>

#include "core/tensor/tensor_memory.h"

using namespace imago;
using torch::Tensor;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

class TstTensorMemory : public QObject {
    Q_OBJECT

    static Tensor bytes(std::int64_t count, int value) { return torch::full({count}, value, torch::kByte); }

  private Q_SLOTS:
    void initTestCase() { installTensorMemory(); }

    void blocksKeepTheirValues() {
        std::mt19937 random(5);
        std::vector<std::pair<Tensor, int>> held;
        for (int i = 0; i < 2000; ++i) {
            if (held.size() > 40 || (!held.empty() && random() % 3 == 0)) {
                const auto at = random() % held.size();
                const auto& [tensor, value] = held[at];
                QVERIFY(tensor.eq(value).all().item<bool>());
                held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
            } else {
                const int value = static_cast<int>(random() % 251);
                held.emplace_back(bytes(1 + static_cast<std::int64_t>(random() % (i % 50 == 0 ? 90'000'000 : 700'000)), value), value);
            }
        }
        for (const auto& [tensor, value] : held) QVERIFY(tensor.eq(value).all().item<bool>());
    }

    void freedBlocksAreUsedAgainAndGrowTogether() {
        if (!kPooled) QSKIP("sanitizers watch the stock allocator");
        trimTensorMemory();
        auto a = bytes(1 << 20, 1), b = bytes(1 << 20, 2), c = bytes(1 << 20, 3);
        const auto first = reinterpret_cast<std::uintptr_t>(a.data_ptr());
        a = Tensor();
        c = Tensor();
        b = Tensor();  // the middle last: its neighbours are free on both sides
        const auto whole = bytes(3 << 20, 4);
        QCOMPARE(reinterpret_cast<std::uintptr_t>(whole.data_ptr()), first);
    }

    void stockScopeStaysOutside() {
        if (!kPooled) QSKIP("sanitizers watch the stock allocator");
        { const auto warm = bytes(1 << 20, 1); }
        const void* pooled = bytes(1 << 20, 1).data_ptr();
        const StockTensorMemory stock;
        QVERIFY(bytes(1 << 20, 1).data_ptr() != pooled);
    }

    void tensorsMayDieOnAnotherThread() {
        auto t = bytes(2 << 20, 7);
        std::thread([moved = std::move(t)]() mutable { moved = Tensor(); }).join();
        trimTensorMemory();
        QVERIFY(bytes(2 << 20, 9).eq(9).all().item<bool>());
    }
};

QTEST_GUILESS_MAIN(TstTensorMemory)
#include "tst_tensor_memory.moc"
