package io.epona.loadgen.driver;

import org.agrona.CloseHelper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Hosts on one machine that can be cut off from each other: a network namespace each, tied together by a bridge in one
 * more. Host 0 is this process itself. Every namespace is held by a process that ends with this one, and what lies in
 * it goes with it.
 * <p>
 * Two hosts are cut off by a false hardware address of each other: what they send is lost without a word, as on a
 * broken network, and what was under way ends.
 * <p>
 * Owned by one thread at a time.
 */
final class Namespaces implements AutoCloseable
{
    private static final String NOBODY = "02:00:00:00:00:ff";
    private static final String MTU = "65535";
    private static final String INTERFACE = "eth0";

    private final List<Process> holders = new ArrayList<>();
    private final String subnet;
    private final String ownInterface;

    /**
     * Make the hosts.
     *
     * @param count of hosts beside this process.
     * @throws DriverException with the reason where this machine does not have it.
     */
    Namespaces(final int count)
    {
        final long pid = ProcessHandle.current().pid();
        // Of the range that is kept for benchmarks of networks.
        subnet = "198.18." + (pid & 0xFF) + '.';
        ownInterface = "epona" + pid;
        boolean isMade = false;
        try
        {
            for (int i = 0; i <= count; i++)
            {
                holders.add(hold());
            }
            inSwitch("link", "add", "name", "bridge0", "type", "bridge");
            inSwitch("link", "set", "bridge0", "mtu", MTU, "up");
            for (int host = 0; host <= count; host++)
            {
                join(host);
            }
            isMade = true;
        }
        catch (final DriverException ex)
        {
            throw new DriverException(
                "partitions need network namespaces, which this machine or user does not have: " + ex.getMessage(), ex);
        }
        finally
        {
            if (!isMade)
            {
                close();
            }
        }
    }

    private static Process hold()
    {
        try
        {
            final Process holder = new ProcessBuilder("unshare", "--net", "cat").redirectErrorStream(true).start();
            holder.getOutputStream().write('\n');
            holder.getOutputStream().flush();
            // The echo says that the namespace is there; anything else is the reason why not.
            final int echo = holder.getInputStream().read();
            if ('\n' != echo)
            {
                throw new DriverException("unshare: " + (echo < 0 ? "" : (char)echo +
                    new String(holder.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)));
            }

            return holder;
        }
        catch (final IOException ex)
        {
            throw new DriverException("unshare cannot be run: " + ex.getMessage(), ex);
        }
    }

    private void join(final int host)
    {
        final String port = "port" + host;
        final long pid = 0 == host ? ProcessHandle.current().pid() : holders.get(host).pid();
        final String name = name(host);
        inSwitch("link", "add", port, "type", "veth", "peer", "name", name, "netns", Long.toString(pid));
        inSwitch("link", "set", port, "mtu", MTU, "master", "bridge0", "up");
        in(host, "link", "set", "lo", "up");
        in(host, "addr", "add", address(host) + "/24", "dev", name);
        in(host, "link", "set", name, "mtu", MTU, "up");
    }

    private String name(final int host)
    {
        return 0 == host ? ownInterface : INTERFACE;
    }

    private void inSwitch(final String... arguments)
    {
        run(enter(holders.get(0)), arguments);
    }

    private void in(final int host, final String... arguments)
    {
        run(prefix(host), arguments);
    }

    private static void run(final List<String> prefix, final String... arguments)
    {
        final List<String> command = new ArrayList<>(prefix);
        command.add("ip");
        command.addAll(List.of(arguments));
        Shell.run(command);
    }

    private static List<String> enter(final Process holder)
    {
        return List.of("nsenter", "--net=/proc/" + holder.pid() + "/ns/net");
    }

    /**
     * @param host number of the host.
     * @return command that runs another on it, empty for this process's own.
     */
    List<String> prefix(final int host)
    {
        return 0 == host ? List.of() : enter(holders.get(host));
    }

    /**
     * @param host number of the host.
     * @return its address.
     */
    String address(final int host)
    {
        return subnet + (host + 1);
    }

    /**
     * From now on nothing comes from either of two hosts to the other.
     *
     * @param first  host.
     * @param second host.
     */
    void cut(final int first, final int second)
    {
        in(first, "neigh", "replace", address(second), "lladdr", NOBODY, "nud", "permanent", "dev", name(first));
        in(second, "neigh", "replace", address(first), "lladdr", NOBODY, "nud", "permanent", "dev", name(second));
    }

    /**
     * Two hosts that were cut off from each other are so no longer.
     *
     * @param first  host.
     * @param second host.
     */
    void heal(final int first, final int second)
    {
        in(first, "neigh", "del", address(second), "dev", name(first));
        in(second, "neigh", "del", address(first), "dev", name(second));
    }

    @Override
    public void close()
    {
        for (final Process holder : holders)
        {
            CloseHelper.close(holder.getOutputStream());
            holder.destroyForcibly().onExit().join();
        }
        holders.clear();
    }
}
