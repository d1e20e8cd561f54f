#include "net/memory_budget.h"

#include <gtest/gtest.h>

namespace odradek::net {
namespace {

class NoWaiter final : public BudgetWaiter {
 public:
  void OnBudgetFreed() override { ++times; }
  int times = 0;
};

class MemoryBudgetTest : public testing::Test {
 protected:
  static constexpr int64_t kLimit = 1000;
  static constexpr int64_t kPartLimit = 750;

  Ref<MemoryBudget> budget_ = Ref<MemoryBudget>::Adopt(new MemoryBudget(kLimit));
  NoWaiter waiter_;
  BudgetShare Share() { return BudgetShare(budget_.get()); }
};

// Three connections that send a part of a frame and then no more were enough to stop everybody.
TEST_F(MemoryBudgetTest, AnOverdraftLeavesWhatIsKeptForWholeFrames) {
  BudgetShare first = Share();
  BudgetShare second = Share();
  ASSERT_TRUE(first.GrowTo(700, kPartLimit, &waiter_));
  ASSERT_TRUE(second.GrowTo(50, kPartLimit, &waiter_));
  ASSERT_TRUE(second.GrowTo(700, kPartLimit, &waiter_)) << "one may overdraw";
  EXPECT_EQ(budget_->used_bytes(), 1400);
  BudgetShare part = Share();
  EXPECT_FALSE(part.GrowTo(1, kPartLimit, &waiter_));
  BudgetShare whole = Share();
  EXPECT_TRUE(whole.GrowTo(250, kLimit, &waiter_));
  EXPECT_FALSE(Share().GrowTo(1, kLimit, &waiter_));
}

// Told as waiting it was in its own way, and closed for it once its frame was slow.
TEST_F(MemoryBudgetTest, WhoOverdrawsDoesNotWait) {
  BudgetShare share = Share();
  BudgetShare other = Share();
  ASSERT_TRUE(share.GrowTo(500, kPartLimit, &waiter_));
  ASSERT_TRUE(other.GrowTo(200, kPartLimit, &waiter_));
  ASSERT_TRUE(share.GrowTo(900, kPartLimit, &waiter_));
  EXPECT_FALSE(budget_->has_waiters());
  EXPECT_FALSE(other.GrowTo(600, kPartLimit, &waiter_));
  EXPECT_TRUE(budget_->has_waiters());
}

TEST_F(MemoryBudgetTest, WhoIsForgottenWaitsNoMore) {
  NoWaiter another;
  BudgetShare share = Share();
  ASSERT_TRUE(share.GrowTo(900, kLimit, &waiter_));
  BudgetShare refused = Share();
  EXPECT_FALSE(refused.GrowTo(200, kLimit, &waiter_));
  EXPECT_FALSE(refused.GrowTo(200, kLimit, &another));
  budget_->Forget(&waiter_);
  EXPECT_TRUE(budget_->has_waiters());
  budget_->Forget(&another);
  EXPECT_FALSE(budget_->has_waiters());
}

TEST_F(MemoryBudgetTest, AllComesBack) {
  {
    BudgetShare share = Share();
    ASSERT_TRUE(share.GrowTo(900, kLimit, &waiter_));
    ASSERT_TRUE(share.GrowTo(1200, kLimit, &waiter_));
    share.Add(100);
    ASSERT_TRUE(share.GrowTo(1500, kLimit, &waiter_));
    const BudgetShare moved = std::move(share);
    BudgetShare other = Share();
    EXPECT_FALSE(other.GrowTo(200, kLimit, &waiter_));
    EXPECT_TRUE(budget_->has_waiters());
    EXPECT_EQ(budget_->used_bytes(), 1500);
  }
  EXPECT_EQ(budget_->used_bytes(), 0);
  EXPECT_EQ(waiter_.times, 1);
  EXPECT_TRUE(budget_->TakeOverdraft());
}

}  // namespace
}  // namespace odradek::net
