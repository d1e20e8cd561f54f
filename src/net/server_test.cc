// The transport through real sockets: order, limits, bad input, many connections, many loops.
#include "net/server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/bad_input.h"
#include "net/testing/blocking_client.h"
#include "net/testing/running_server.h"
#include "net/testing/scripted_sink.h"

namespace odradek::net {
namespace {

using Client = BlockingClient;

class ServerTest : public testing::Test {
 protected:
  void Start(NetLimits limits = {}, int loops = 1) {
    server_ = std::make_unique<RunningServer>(sink_, limits, loops);
  }
  Client Connect() { return Client(server_->port()); }

  ScriptedSink sink_;
  std::unique_ptr<RunningServer> server_;
};

TEST_F(ServerTest, AnswersAFrame) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendFrame("E hello"));
  EXPECT_EQ(client.ReadFrame(), "E hello");
}

TEST_F(ServerTest, ServesBothLoopbackFamiliesOnOnePort) {
  Start();
  for (const char* host : {"127.0.0.1", "::1"}) {
    Client client(server_->port(), host);
    ASSERT_TRUE(client.connected()) << host;
    ASSERT_TRUE(client.SendFrame("E"));
    EXPECT_EQ(client.ReadFrame(), "E");
  }
}

TEST_F(ServerTest, SaysWhoIsConnectedToWhat) {
  Start();
  Client client(server_->port(), "::1");
  ASSERT_TRUE(client.SendFrame("P"));
  sink_.WaitForStarted(1);
  auto parked = sink_.TakeParked();
  ASSERT_EQ(parked.size(), 1U);
  const wire::ConnectionInfo& info = parked[0]->connection();
  EXPECT_EQ(info.node_id, 7);
  EXPECT_EQ(info.listener, "PLAINTEXT");
  EXPECT_EQ(info.local_host, "::1");
  EXPECT_EQ(info.local_port, server_->port());
  EXPECT_EQ(info.peer_host, "::1");
  ScriptedSink::Echo(*parked[0]);
}

TEST_F(ServerTest, SaysWhenThePortIsTaken) {
  Start();
  ScriptedSink other_sink;
  SystemClock clock;
  runtime::LoopGroup loops(1, clock);
  Server second(loops, other_sink, {});
  const auto port = second.Listen({.host = "localhost", .port = server_->port()});
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.status().code(), StatusCode::kExists);
  EXPECT_NE(port.status().message().find("127.0.0.1:" + std::to_string(server_->port())),
            std::string::npos);
}

TEST_F(ServerTest, AnswersInOrderWhenTheFirstIsParked) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendRaw(Client::Frame("P first") + Client::Frame("E second") +
                             Client::Frame("N") + Client::Frame("E third")));
  sink_.WaitForStarted(4);
  sink_.ReleaseParked();
  EXPECT_EQ(client.ReadFrame(), "P first");
  EXPECT_EQ(client.ReadFrame(), "E second");
  EXPECT_EQ(client.ReadFrame(), "E third");
}

TEST_F(ServerTest, ParkedRequestsHoldBackTheirOwnConnectionOnly) {
  Start();
  Client parked = Connect();
  Client other = Connect();
  ASSERT_TRUE(parked.SendFrame("P"));
  sink_.WaitForStarted(1);
  ASSERT_TRUE(other.SendFrame("E"));
  EXPECT_EQ(other.ReadFrame(), "E");
  sink_.ReleaseParked();
  EXPECT_EQ(parked.ReadFrame(), "P");
}

TEST_F(ServerTest, KeepsTheOrderOfThousandsOfPipelinedRequests) {
  Start();
  Client client = Connect();
  std::thread sender([&] {
    std::string burst;
    for (int i = 0; i < 5000; ++i) burst += Client::Frame("E " + std::to_string(i));
    EXPECT_TRUE(client.SendRaw(burst));
  });
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(client.ReadFrame(), "E " + std::to_string(i));
  sender.join();
}

TEST_F(ServerTest, TakesFramesOfEverySizeInOneStream) {
  Start();
  Client client = Connect();
  std::vector<std::string> payloads;
  for (const size_t size : {1UL, 3UL, 1023UL, 1024UL, 1025UL, 65'531UL, 65'532UL, 65'533UL,
                            200'000UL, 1UL << 20, (3UL << 20) + 7, 5UL, 300'000UL, 2UL}) {
    std::string payload(size, 'x');
    for (size_t i = 0; i < size; ++i) payload[i] = static_cast<char>('a' + (i * 7 + size) % 26);
    payload[0] = size % 2 == 0 ? 'F' : 'E';
    payloads.push_back(std::move(payload));
  }
  std::thread sender([&] {
    for (const std::string& payload : payloads) EXPECT_TRUE(client.SendFrame(payload));
  });
  for (const std::string& payload : payloads) ASSERT_TRUE(client.ReadFrame() == payload);
  sender.join();
}

TEST_F(ServerTest, TakesFramesInPiecesOfOneByte) {
  Start();
  Client client = Connect();
  const std::string bytes = Client::Frame("E one") + Client::Frame("F two");
  for (const char byte : bytes) ASSERT_TRUE(client.SendRaw({&byte, 1}));
  EXPECT_EQ(client.ReadFrame(), "E one");
  EXPECT_EQ(client.ReadFrame(), "F two");
}

TEST_F(ServerTest, StopsReadingAConnectionWithTooManyOpenRequests) {
  Start({.open_requests_max = 4});
  Client client = Connect();
  std::string burst;
  for (int i = 0; i < 10; ++i) burst += Client::Frame("P" + std::to_string(i));
  ASSERT_TRUE(client.SendRaw(burst));
  sink_.WaitForStarted(4);
  // Whatever the loop has read by now is parsed: another connection's answer proves a later tick.
  Client other = Connect();
  ASSERT_TRUE(other.SendFrame("E"));
  EXPECT_EQ(other.ReadFrame(), "E");
  EXPECT_EQ(sink_.started().size(), 5U);
  for (int i = 0; i < 10; ++i) {
    if (i % 4 == 0) {
      sink_.WaitForStarted(static_cast<size_t>(std::min(i + 4, 10)) + 1);
      sink_.ReleaseParked();
    }
    ASSERT_EQ(client.ReadFrame(), "P" + std::to_string(i));
  }
}

TEST_F(ServerTest, StopsReadingAClientThatDoesNotReadItsAnswers) {
  Start({.unsent_bytes_max = 256 * 1024, .stalled_output_ms_max = 60'000});
  Client client(server_->port(), "127.0.0.1", 4096);
  const std::string payload = "E" + std::string(64 * 1024, 'x');
  constexpr int kFrames = 400;  // far more than the sockets' buffers and the limit hold
  std::thread sender([&] {
    for (int i = 0; i < kFrames; ++i) EXPECT_TRUE(client.SendFrame(payload));
  });
  sink_.WaitForStarted(4);
  Client other = Connect();
  ASSERT_TRUE(other.SendFrame("E"));
  EXPECT_EQ(other.ReadFrame(), "E");
  EXPECT_LT(sink_.started().size(), static_cast<size_t>(kFrames) / 2);
  for (int i = 0; i < kFrames; ++i) ASSERT_TRUE(client.ReadFrame() == payload);
  sender.join();
}

TEST_F(ServerTest, ClosesAClientThatNeverReads) {
  Start({.unsent_bytes_max = 64 * 1024, .stalled_output_ms_max = 50});
  Client client(server_->port(), "127.0.0.1", 4096);
  const std::string payload = "E" + std::string(64 * 1024, 'x');
  while (client.SendFrame(payload)) {
  }
  sink_.WaitForClosed(1);
  EXPECT_EQ(server_->server().open_connections(), 0);
}

TEST_F(ServerTest, ClosesIdleConnectionsButNotParkedOnes) {
  Start({.idle_ms_max = 50});
  Client parked = Connect();
  ASSERT_TRUE(parked.SendFrame("P"));
  Client idle = Connect();
  EXPECT_TRUE(idle.ReadEnd());
  sink_.WaitForClosed(1);
  sink_.WaitForStarted(1);
  sink_.ReleaseParked();
  EXPECT_EQ(parked.ReadFrame(), "P");
}

TEST_F(ServerTest, AbortClosesAfterTheAnswersBefore) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendRaw(Client::Frame("P") + Client::Frame("E") + Client::Frame("A")));
  sink_.WaitForStarted(3);
  sink_.ReleaseParked();
  EXPECT_EQ(client.ReadFrame(), "P");
  EXPECT_EQ(client.ReadFrame(), "E");
  EXPECT_TRUE(client.ReadEnd());
}

TEST_F(ServerTest, AnswersWhatWasAskedBeforeTheClientFinished) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendFrame("E"));
  client.FinishSending();
  EXPECT_EQ(client.ReadFrame(), "E");
  EXPECT_TRUE(client.ReadEnd());
}

TEST_F(ServerTest, AnswersToDeadConnectionsGoNowhere) {
  Start();
  {
    Client client = Connect();
    ASSERT_TRUE(client.SendFrame("P"));
    sink_.WaitForStarted(1);
  }
  sink_.WaitForClosed(1);
  auto parked = sink_.TakeParked();
  EXPECT_FALSE(parked[0]->connected());
  EXPECT_EQ(parked[0]->connection().node_id, 7);
  ScriptedSink::Echo(*parked[0]);
}

TEST_F(ServerTest, ExchangesOutliveTheServer) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendFrame("P"));
  sink_.WaitForStarted(1);
  server_->Stop();
  EXPECT_TRUE(client.ReadEnd());
  sink_.ReleaseParked();
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheLimit) {
  Start({.connections_max = 2});
  Client first = Connect();
  Client second = Connect();
  ASSERT_TRUE(first.SendFrame("E") && second.SendFrame("E"));
  EXPECT_EQ(first.ReadFrame(), "E");
  EXPECT_EQ(second.ReadFrame(), "E");
  Client third = Connect();
  EXPECT_TRUE(third.ReadEnd());
  first.Close();
  sink_.WaitForClosed(1);
  Client fourth = Connect();
  ASSERT_TRUE(fourth.SendFrame("E"));
  EXPECT_EQ(fourth.ReadFrame(), "E");
}

TEST_F(ServerTest, RefusesConnectionsThatWouldTakeTheDescriptorsOfFiles) {
  Start({.connections_by_descriptors_max = 1});
  Client first = Connect();
  ASSERT_TRUE(first.SendFrame("E"));
  EXPECT_EQ(first.ReadFrame(), "E");
  EXPECT_TRUE(Connect().ReadEnd());
  first.Close();
  sink_.WaitForClosed(1);
  Client second = Connect();
  ASSERT_TRUE(second.SendFrame("E"));
  EXPECT_EQ(second.ReadFrame(), "E");
}

TEST_F(ServerTest, RefusesConnectionsBeyondTheLimitPerAddress) {
  Start({.connections_per_ip_max = 1});
  Client first = Connect();
  ASSERT_TRUE(first.SendFrame("E"));
  EXPECT_EQ(first.ReadFrame(), "E");
  Client second = Connect();
  EXPECT_TRUE(second.ReadEnd());
  Client elsewhere(server_->port(), "::1");
  ASSERT_TRUE(elsewhere.SendFrame("E"));
  EXPECT_EQ(elsewhere.ReadFrame(), "E");
}

TEST_F(ServerTest, RequestMemoryIsSharedAndGivenBack) {
  Start({.request_bytes_max = 64 * 1024});
  const std::string payload = "P" + std::string(40 * 1024, 'x');
  Client first = Connect();
  Client second = Connect();
  ASSERT_TRUE(first.SendFrame(payload));
  sink_.WaitForStarted(1);
  ASSERT_TRUE(second.SendFrame(payload));  // does not fit beside the first
  Client small = Connect();
  ASSERT_TRUE(small.SendFrame("E"));
  EXPECT_EQ(small.ReadFrame(), "E");
  EXPECT_LE(server_->server().request_bytes(), 64 * 1024);
  sink_.ReleaseParked();
  EXPECT_TRUE(first.ReadFrame() == payload);
  sink_.WaitForStarted(3);
  sink_.ReleaseParked();
  EXPECT_TRUE(second.ReadFrame() == payload);
}

TEST_F(ServerTest, PipelinedRequestsThatWaitLeaveMemoryForOthers) {
  Start({.request_bytes_max = 64 * 1024});
  std::string burst;
  for (int i = 0; i < 100; ++i) burst += Client::Frame("P");
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 4; ++i) {
    greedy.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(greedy.back()->SendRaw(burst));
    Client client = Connect();
    ASSERT_TRUE(client.SendFrame("E"));
    ASSERT_EQ(client.ReadFrame(), "E");
  }
  // Each goes on as its own are answered.
  for (int i = 0; i < 100; ++i) {
    for (auto& client : greedy) {
      while (!client->HasInput()) sink_.ReleaseParked();
      ASSERT_EQ(client->ReadFrame(), "P");
    }
  }
}

TEST_F(ServerTest, AnswersNobodyReadsAreGivenUpForThoseWhoWait) {
  Start({.request_bytes_max = 1024 * 1024,
         .slow_frame_ms_max = 1,
         .sockets = {.send_buffer_bytes = 4096}});
  const std::string payload = "E" + std::string(400'000, 'x');
  std::vector<std::unique_ptr<Client>> silent;
  for (size_t i = 0; i < 2; ++i) {
    silent.push_back(std::make_unique<Client>(server_->port(), "127.0.0.1", 4096));
    ASSERT_TRUE(silent.back()->SendFrame(payload));
    sink_.WaitForStarted(i + 1);
  }
  // A millisecond is short for who sends all of it, too.
  int tries_left = 1000;
  for (bool answered = false; !answered; --tries_left) {
    ASSERT_GT(tries_left, 0);
    Client client = Connect();
    answered = client.SendFrame(payload) && client.ReadFrame() == payload;
  }
}

TEST_F(ServerTest, AFrameBeyondTheRequestMemoryIsServedAlone) {
  Start({.request_bytes_max = 1024});
  Client client = Connect();
  const std::string payload = "E" + std::string(300'000, 'x');
  ASSERT_TRUE(client.SendFrame(payload));
  EXPECT_TRUE(client.ReadFrame() == payload);
}

TEST_F(ServerTest, AnnouncingLargeFramesCostsOthersNothing) {
  Start({.request_bytes_max = 10 * 1024 * 1024});
  std::vector<std::unique_ptr<Client>> announcers;
  for (int i = 0; i < 50; ++i) {
    announcers.push_back(std::make_unique<Client>(server_->port()));
    char prefix[4];
    StoreBig(prefix, int32_t{90 * 1024 * 1024});
    ASSERT_TRUE(announcers.back()->SendRaw({prefix, 4}));
  }
  Client client = Connect();
  const std::string payload = "E" + std::string(1'000'000, 'x');
  ASSERT_TRUE(client.SendFrame(payload));
  EXPECT_TRUE(client.ReadFrame() == payload);
}

TEST_F(ServerTest, LargeFramesThatFillTheRequestMemoryTogetherGetThroughOneByOne) {
  Start({.request_bytes_max = 1024 * 1024});
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([this, i] {
      Client client = Connect();
      const std::string payload = "E" + std::string(900'000, static_cast<char>('a' + i));
      EXPECT_TRUE(client.SendFrame(payload));
      EXPECT_TRUE(client.ReadFrame() == payload);
    });
  }
  for (std::thread& client : clients) client.join();
}

// Who send a part of a large frame and then no more.
class HalfFrames {
 public:
  HalfFrames(RunningServer& server, int64_t until_bytes) {
    while (server.server().request_bytes() < until_bytes && clients_.size() < 1000) {
      clients_.push_back(std::make_unique<Client>(server.port()));
      char prefix[4];
      StoreBig(prefix, int32_t{200'000});
      EXPECT_TRUE(clients_.back()->SendRaw({prefix, 4}));
      EXPECT_TRUE(clients_.back()->SendRaw(std::string(150'000, 'x')));
    }
  }
  Client& first() { return *clients_.front(); }
  int count() const { return static_cast<int>(clients_.size()); }

 private:
  std::vector<std::unique_ptr<Client>> clients_;
};

TEST_F(ServerTest, HalfFramesKeepNobodyFromSmallRequests) {
  Start({.request_bytes_max = 1024 * 1024});
  HalfFrames half(*server_, 700'000);
  Client client = Connect();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.SendFrame("E"));
    ASSERT_EQ(client.ReadFrame(), "E");
  }
}

TEST_F(ServerTest, HalfFramesInTheWayOfOthersAreClosed) {
  Start({.request_bytes_max = 1024 * 1024, .slow_frame_ms_max = 1});
  HalfFrames half(*server_, 700'000);
  const std::string payload = "E" + std::string(600'000, 'x');
  // A millisecond is short: who sends all of it may be in the way himself, but not after them.
  int tries_left = half.count() + 1;
  for (bool answered = false; !answered; --tries_left) {
    ASSERT_GT(tries_left, 0);
    Client client = Connect();
    answered = client.SendFrame(payload) && client.ReadFrame() == payload;
  }
  EXPECT_TRUE(half.first().ReadEnd());
}

TEST_F(ServerTest, ASlowFrameThatIsInNobodysWayMayTakeItsTime) {
  Start({.slow_frame_ms_max = 1});
  Client slow = Connect();
  const std::string frame = Client::Frame("E" + std::string(200'000, 'x'));
  Client other = Connect();
  for (size_t at = 0; at < frame.size(); at += 10'000) {
    ASSERT_TRUE(slow.SendRaw(std::string_view(frame).substr(at, 10'000)));
    ASSERT_TRUE(other.SendFrame("E"));
    ASSERT_EQ(other.ReadFrame(), "E");
  }
  EXPECT_TRUE(slow.ReadFrame().has_value());
}

TEST_F(ServerTest, ClosesOnBytesThatAreNoFrame) {
  Start();
  const std::string too_long = "\x7f\xff\xff\xff";
  for (const std::string& bytes :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string(4, '\0'), std::string(4, '\xff'), too_long}) {
    Client client = Connect();
    ASSERT_TRUE(client.SendRaw(bytes));
    EXPECT_TRUE(client.ReadEnd());
  }
  sink_.WaitForClosed(5);
  EXPECT_TRUE(sink_.started().empty());
}

TEST_F(ServerTest, AFrameThatIsCutIsNoRequest) {
  Start();
  const std::string large = Client::Frame("E" + std::string(300'000, 'x'));
  for (const std::string& bytes : {std::string(1, '\0'), Client::Frame("E cut").substr(0, 4),
                                   Client::Frame("E cut").substr(0, 8), large.substr(0, 200'000)}) {
    Client client = Connect();
    ASSERT_TRUE(client.SendRaw(bytes));
    client.FinishSending();
    EXPECT_TRUE(client.ReadEnd());
  }
  sink_.WaitForClosed(4);
  EXPECT_TRUE(sink_.started().empty());
  EXPECT_EQ(server_->server().request_bytes(), 0);
}

TEST_F(ServerTest, BadBytesDoNotLoseTheAnswersBefore) {
  Start();
  Client client = Connect();
  ASSERT_TRUE(client.SendFrame("E"));
  EXPECT_EQ(client.ReadFrame(), "E");
  ASSERT_TRUE(client.SendRaw(std::string(4, '\0')));
  EXPECT_TRUE(client.ReadEnd());
}

TEST(BadInput, IsNamedByWhatItLooksLike) {
  EXPECT_NE(DescribeBadFrame("\x16\x03\x01\x02", 0x16030102, 100).find("TLS"), std::string::npos);
  EXPECT_NE(DescribeBadFrame("POST / HTTP/1.1", 0x504f5354, 100).find("HTTP"), std::string::npos);
  EXPECT_EQ(DescribeBadFrame("\xff\xff\xff\xff", -1, 100), "a frame of length -1");
  EXPECT_NE(DescribeBadFrame("\x7f\xff\xff\xff", INT32_MAX, 100).find("2147483647"),
            std::string::npos);
}

class LoopsTest : public ServerTest, public testing::WithParamInterface<int> {};

TEST_P(LoopsTest, AnswersFromOtherThreadsKeepTheOrder) {
  Start({}, GetParam());
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([this, c] {
      Client client = Connect();
      for (int round = 0; round < 20; ++round) {
        std::vector<std::string> payloads;
        for (int i = 0; i < 10; ++i) {
          payloads.push_back((i % 3 == 0 ? "T" : "E") + std::to_string(c * 1000 + i));
        }
        for (const std::string& payload : payloads) ASSERT_TRUE(client.SendFrame(payload));
        for (const std::string& payload : payloads) ASSERT_TRUE(client.ReadFrame() == payload);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  sink_.JoinThreads();
}

TEST_P(LoopsTest, ConnectionsMayDieWhileTheirAnswersComeFromElsewhere) {
  Start({}, GetParam());
  for (int i = 0; i < 200; ++i) {
    Client client = Connect();
    ASSERT_TRUE(client.SendRaw(Client::Frame("T one") + Client::Frame("T two")));
    if (i % 2 == 0) {
      EXPECT_EQ(client.ReadFrame(), "T one");
    }
  }
  sink_.WaitForClosed(200);
  sink_.JoinThreads();
}

TEST_P(LoopsTest, ServesAThousandConnections) {
  Start({}, GetParam());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(clients.back()->connected());
    ASSERT_TRUE(clients.back()->SendFrame("E" + std::to_string(i)));
  }
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(clients[static_cast<size_t>(i)]->ReadFrame(), "E" + std::to_string(i));
  }
  EXPECT_EQ(server_->server().open_connections(), 1000);
  clients.clear();
  sink_.WaitForClosed(1000);
  EXPECT_EQ(server_->server().request_bytes(), 0);
}

INSTANTIATE_TEST_SUITE_P(Loops, LoopsTest, testing::Values(1, 2, 4));

}  // namespace
}  // namespace odradek::net
