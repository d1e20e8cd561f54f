// Objects in order of the time they were last touched: the front is the one to expire first.
//
// Touch and Remove cost O(1). Owner of the nodes: the objects. Thread: one.
#pragma once

#include "base/env/clock.h"

namespace odradek::net {

template <class T>
struct TimeListNode {
  explicit TimeListNode(T* object) : self(object) {}
  T* self;
  TimeListNode* previous = nullptr;
  TimeListNode* next = nullptr;
  Millis at_ms = 0;
  bool linked = false;
};

template <class T>
class TimeList {
 public:
  using Node = TimeListNode<T>;

  // Requires: `now_ms` never falls.
  void Touch(Node& node, Millis now_ms) {
    if (node.linked && node.at_ms == now_ms) return;
    Remove(node);
    node.at_ms = now_ms;
    node.linked = true;
    node.previous = back_;
    (back_ != nullptr ? back_->next : front_) = &node;
    back_ = &node;
  }
  void Remove(Node& node) {
    if (!node.linked) return;
    (node.previous != nullptr ? node.previous->next : front_) = node.next;
    (node.next != nullptr ? node.next->previous : back_) = node.previous;
    node.previous = node.next = nullptr;
    node.linked = false;
  }
  Node* front() const { return front_; }

 private:
  Node* front_ = nullptr;
  Node* back_ = nullptr;
};

}  // namespace odradek::net
