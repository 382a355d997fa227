// SPDX-License-Identifier: Apache-2.0
// Every call, by every transport, with every identity: none, good, wrong,
// expired. Who has no role for a call reads nothing and changes nothing.
#include <gmock/gmock.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/access/method_roles.h"
#include "daemon/api/api_server.h"
#include "daemon/api/unix_doors.h"
#include "tests/integration/api/raw_call.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_control.h"

namespace trimtab {
namespace {

using std::chrono::hours;

constexpr uid_t kViewerUid = 61001;
constexpr uid_t kOperatorUid = 61002;
constexpr uid_t kAdminUid = 61003;
constexpr uid_t kOtherUid = 61004;

std::string TokenOf(const std::string& name) { return name + "-token-0123456789abcdef"; }
std::string Bearer(const std::string& name) { return "Bearer " + TokenOf(name); }

// What a caller may expect.
struct Expected {
  Role role = Role::kNone;
  // Of a refusal.
  grpc::StatusCode refusal = grpc::StatusCode::UNAUTHENTICATED;
  // Even a call that is anybody's is refused.
  bool never = false;
};
const Expected kNobody = {};
const Expected kWrongToken = {Role::kNone, grpc::StatusCode::UNAUTHENTICATED, true};
const Expected kNoHandshake = {Role::kNone, grpc::StatusCode::UNAVAILABLE, true};
Expected Known(Role role) { return {role, grpc::StatusCode::PERMISSION_DENIED}; }

class AccessMatrixTest : public testing::Test {
 protected:
  AccessMatrixTest() {
    for (const char* name : {"viewer", "operator", "admin", "unlisted"}) {
      options.access.token_files[name] = directory.Write(name, TokenOf(name) + "\n");
    }
    options.access.roles[Role::kViewer] = {{"viewer.test"}, {kViewerUid}, {"viewer"}};
    options.access.roles[Role::kOperator] = {{"operator.test"}, {kOperatorUid}, {"operator"}};
    options.access.roles[Role::kAdmin] = {{"admin.test"}, {kAdminUid}, {"admin"}};
  }

  void Start(const std::string& listen) {
    server.reset();
    server = ApiServer::Start(listen, control, options).value();
  }

  // Makes every call and compares. `what` is the row's name.
  void Row(const std::string& what, const std::shared_ptr<grpc::Channel>& channel,
           const Expected& expected, const std::string& authorization = "") {
    for (const std::string& path : EveryCall()) {
      const std::size_t before = control.commands().size();
      const grpc::Status status = RawCall(channel, path, authorization);
      const bool allowed = !expected.never && expected.role >= RequiredRole(path).value();
      const std::string row = what + " " + path + ": " + status.error_message();
      if (allowed) {
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << row;
        EXPECT_NE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED) << row;
        EXPECT_NE(status.error_code(), grpc::StatusCode::UNAVAILABLE) << row;
      } else {
        EXPECT_EQ(status.error_code(), expected.refusal) << row;
      }
      EXPECT_EQ(control.commands().size() - before, allowed && Mutates(path) ? 1u : 0u) << row;
      for (const char* secret : {"viewer-token", "operator-token", "admin-token"}) {
        EXPECT_THAT(status.error_message(), testing::Not(testing::HasSubstr(secret))) << row;
      }
    }
    // What isn't known is refused to all, before it is said to be unknown.
    const grpc::Status unknown = RawCall(channel, "/trimtab.v1.TunerService/Drop", authorization);
    EXPECT_EQ(unknown.error_code(),
              expected.never ? expected.refusal : grpc::StatusCode::PERMISSION_DENIED)
        << what;
  }
  // The rows of tokens, which are the same on every transport for who has
  // nothing else to show.
  void TokenRows(const std::string& transport,
                 const std::function<std::shared_ptr<grpc::Channel>()>& channel) {
    Row(transport + ", viewer's token", channel(), Known(Role::kViewer), Bearer("viewer"));
    Row(transport + ", operator's token", channel(), Known(Role::kOperator), Bearer("operator"));
    Row(transport + ", admin's token", channel(), Known(Role::kAdmin), Bearer("admin"));
    Row(transport + ", a token without a role", channel(), Known(Role::kNone), Bearer("unlisted"));
    Row(transport + ", small letters", channel(), Known(Role::kViewer),
        "bearer " + TokenOf("viewer"));
    for (const std::string& wrong :
         {std::string("Bearer nonsense"), std::string("Bearer "), std::string("Bearer"),
          TokenOf("admin"), "Basic " + TokenOf("admin"), Bearer("admin") + "0"}) {
      Row(transport + ", wrong token '" + wrong + "'", channel(), kWrongToken, wrong);
    }
    // Taken back: as an expired one.
    directory.Write("operator", "another-token-0123456789abcdef");
    ASSERT_EQ(server->ReloadTokens(), absl::OkStatus());
    Row(transport + ", a token taken back", channel(), kWrongToken, Bearer("operator"));
    directory.Write("operator", TokenOf("operator"));
    ASSERT_EQ(server->ReloadTokens(), absl::OkStatus());
  }

  const TestDirectory directory;
  ApiServer::Options options;
  FakeControl control;
  std::unique_ptr<ApiServer> server;
};

std::shared_ptr<grpc::Channel> NewChannel(const std::string& address,
                                          const std::shared_ptr<grpc::ChannelCredentials>&
                                              credentials = grpc::InsecureChannelCredentials()) {
  grpc::ChannelArguments arguments;
  // Each row has a connection of its own.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

TEST_F(AccessMatrixTest, LoopbackTcp) {
  Start("127.0.0.1:0");
  const auto channel = [this] { return NewChannel(server->address()); };
  Row("loopback, nothing", channel(), kNobody);
  TokenRows("loopback", channel);
}

TEST_F(AccessMatrixTest, WhereAnybodyMayReadNobodyMayChange) {
  options.access.anonymous = Role::kViewer;
  Start("127.0.0.1:0");
  Row("loopback, nothing, anybody reads", NewChannel(server->address()), {Role::kViewer});
  Row("loopback, a token without a role, anybody reads", NewChannel(server->address()),
      Known(Role::kViewer), Bearer("unlisted"));
}

// Anybody may come there, so that nothing else may be.
TEST_F(AccessMatrixTest, ThePortForTheHealthHasNothingElse) {
  options.health_listen = "127.0.0.1:0";
  Start("unix:" + directory.Path("api"));
  const auto channel = NewChannel(server->health_address());
  for (const std::string& path : EveryCall()) {
    for (const std::string& authorization : {std::string(), Bearer("admin")}) {
      const grpc::Status status = RawCall(channel, path, authorization);
      EXPECT_EQ(status.error_code(), path.starts_with("/grpc.health.v1.Health/")
                                         ? grpc::StatusCode::OK
                                         : grpc::StatusCode::UNIMPLEMENTED)
          << path;
    }
  }
  EXPECT_TRUE(control.commands().empty());
}

TEST_F(AccessMatrixTest, UnixSocketOfTheDaemonsOwnUser) {
  const std::string listen = "unix:" + directory.Path("api");
  Start(listen);
  Row("unix, own uid", NewChannel(listen), Known(Role::kAdmin));
  Row("unix, own uid, viewer's token", NewChannel(listen), Known(Role::kAdmin), Bearer("viewer"));
  Row("unix, own uid, wrong token", NewChannel(listen), kWrongToken, "Bearer nonsense");
}

// A connection to a Unix socket by another user; -1 where it fails.
int ConnectAs(uid_t uid, const std::string& path) {
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  if (seteuid(uid) != 0) return -1;
  const int result = connect(file, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  if (seteuid(0) != 0) std::abort();
  if (result == 0) return file;
  close(file);
  return -1;
}

TEST_F(AccessMatrixTest, UnixSocketByOtherUsers) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can come as another user";
  const std::string path = directory.Path("api");
  Start("unix:" + path);
  struct stat file {};
  ASSERT_EQ(stat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0660u);
  ASSERT_EQ(chmod(directory.Path("").c_str(), 0755), 0);
  // Who is of another group wouldn't get as far as the door.
  ASSERT_EQ(chmod(path.c_str(), 0666), 0);
  const auto channel = [&](uid_t uid) {
    const int connection = ConnectAs(uid, path);
    EXPECT_GE(connection, 0);
    return grpc::CreateInsecureChannelFromFd("peer", connection);
  };
  Row("unix, viewer's uid", channel(kViewerUid), Known(Role::kViewer));
  Row("unix, operator's uid", channel(kOperatorUid), Known(Role::kOperator));
  Row("unix, admin's uid", channel(kAdminUid), Known(Role::kAdmin));
  Row("unix, another uid", channel(kOtherUid), Known(Role::kNone));
  Row("unix, viewer's uid, operator's token", channel(kViewerUid), Known(Role::kOperator),
      Bearer("operator"));
  TokenRows("unix, another uid", [&] { return channel(kOtherUid); });
  // The first of those without a role are told apart, in words and in the audit log.
  for (int i = 1; i < UnixDoors::kSpare; ++i) {
    const uid_t uid = kOtherUid + static_cast<uid_t>(i);
    EXPECT_THAT(RawCall(channel(uid), "/trimtab.v1.TunerService/StopTuning").error_message(),
                testing::HasSubstr("uid:" + std::to_string(uid) + " has the role none"));
  }
  Row("unix, one uid too many", channel(kOtherUid + 999), kNobody);
  Row("unix, viewer's uid after them", channel(kViewerUid), Known(Role::kViewer));
}

class TlsMatrixTest : public AccessMatrixTest {
 protected:
  TlsMatrixTest() {
    options.tls = directory.Write(
        "server", authority.Issue({"server", "DNS:trimtabd.test,IP:127.0.0.1"}), ca);
    Start("127.0.0.1:0");
  }
  std::shared_ptr<grpc::Channel> Channel(const Issued& shown = {}) {
    return NewChannel(server->address(), grpc::SslCredentials({authority.pem(), shown.key_pem,
                                                               shown.certificate_pem}));
  }
  const CertificateAuthority authority{"authority"};
  const CertificateAuthority stranger{"stranger"};
  const std::string ca = directory.Write("ca.pem", authority.pem());
};

TEST_F(TlsMatrixTest, Certificates) {
  Row("tls, nothing", Channel(), kNobody);
  Row("tls, viewer's name", Channel(authority.Issue({"viewer.test"})), Known(Role::kViewer));
  Row("tls, operator's alternative name", Channel(authority.Issue({"x", "DNS:operator.test"})),
      Known(Role::kOperator));
  Row("tls, admin's name", Channel(authority.Issue({"admin.test"})), Known(Role::kAdmin));
  Row("tls, a name without a role", Channel(authority.Issue({"other.test"})), Known(Role::kNone));
  Row("tls, admin's name by another authority", Channel(stranger.Issue({"admin.test"})),
      kNoHandshake);
  Row("tls, admin's name, expired",
      Channel(authority.Issue({"admin.test", "", hours(-2), hours(-1)})), kNoHandshake);
  Row("tls, admin's name, not valid yet",
      Channel(authority.Issue({"admin.test", "", hours(1), hours(2)})), kNoHandshake);
  Row("tls, admin's name, wrong token", Channel(authority.Issue({"admin.test"})), kWrongToken,
      "Bearer nonsense");
  Row("tls, viewer's name, admin's token", Channel(authority.Issue({"viewer.test"})),
      Known(Role::kAdmin), Bearer("admin"));
  Row("no tls", NewChannel(server->address()), kNoHandshake);
}

TEST_F(TlsMatrixTest, Tokens) {
  TokenRows("tls", [this] { return Channel(); });
}

TEST_F(TlsMatrixTest, WithoutAnAuthorityForClientsNoCertificateCounts) {
  options.tls.ca.clear();
  Start("127.0.0.1:0");
  Row("tls without client_ca, admin's name", Channel(authority.Issue({"admin.test"})), kNobody);
  Row("tls without client_ca, operator's token", Channel(), Known(Role::kOperator),
      Bearer("operator"));
}

}  // namespace
}  // namespace trimtab
