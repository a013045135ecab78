package dev.entrepot.upstream;

import io.netty.channel.EventLoop;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.NameResolver;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * Looks names up and hands out only the addresses that the policy lets us connect to. The
 * connection is made to what was checked, so a name that changes in between gains nothing.
 */
final class CheckedAddresses extends DnsAddressResolverGroup {

  private final OutboundUrlPolicy policy;

  CheckedAddresses(DnsNameResolverBuilder builder, OutboundUrlPolicy policy) {
    super(builder);
    this.policy = policy;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newAddressResolver(
      EventLoop eventLoop, NameResolver<InetAddress> resolver) throws Exception {
    return new Checked(eventLoop, super.newAddressResolver(eventLoop, resolver), policy);
  }

  /** Checks what another resolver found. */
  static final class Checked extends AbstractAddressResolver<InetSocketAddress> {

    private final AddressResolver<InetSocketAddress> found;
    private final OutboundUrlPolicy policy;

    Checked(
        EventExecutor executor,
        AddressResolver<InetSocketAddress> found,
        OutboundUrlPolicy policy) {
      super(executor, InetSocketAddress.class);
      this.found = found;
      this.policy = policy;
    }

    /** An address that came as a number is checked like any other. */
    @Override
    protected boolean doIsResolved(InetSocketAddress address) {
      return false;
    }

    @Override
    protected void doResolve(InetSocketAddress asked, Promise<InetSocketAddress> promise) {
      Promise<List<InetSocketAddress>> all = executor().newPromise();
      all.addListener(
          (FutureListener<List<InetSocketAddress>>)
              done -> {
                if (done.isSuccess()) {
                  promise.trySuccess(done.getNow().getFirst());
                } else {
                  promise.tryFailure(done.cause());
                }
              });
      doResolveAll(asked, all);
    }

    @Override
    protected void doResolveAll(InetSocketAddress asked, Promise<List<InetSocketAddress>> promise) {
      if (!asked.isUnresolved()) {
        check(asked, List.of(asked), promise);
        return;
      }
      found
          .resolveAll(asked)
          .addListener(
              (Future<List<InetSocketAddress>> done) -> {
                if (done.isSuccess()) {
                  check(asked, done.getNow(), promise);
                } else {
                  promise.tryFailure(done.cause());
                }
              });
    }

    private void check(
        InetSocketAddress asked,
        List<InetSocketAddress> addresses,
        Promise<List<InetSocketAddress>> promise) {
      List<InetSocketAddress> good =
          addresses.stream().filter(address -> complaint(asked, address).isEmpty()).toList();
      if (good.isEmpty()) {
        String complaint =
            addresses.stream()
                .flatMap(address -> complaint(asked, address).stream())
                .findFirst()
                .orElse("has no address");
        promise.tryFailure(
            new RefusedAddressException("the host " + asked.getHostString() + " " + complaint));
      } else {
        promise.trySuccess(good);
      }
    }

    private Optional<String> complaint(InetSocketAddress asked, InetSocketAddress address) {
      return policy.addressComplaint(asked.getHostString(), asked.getPort(), address.getAddress());
    }

    @Override
    public void close() {
      found.close();
    }
  }
}
