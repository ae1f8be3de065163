package io.epona.loadgen.driver;

import org.agrona.CloseHelper;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The ZooKeeper of a cluster: one server, or an ensemble, each in a process of its own. One that was killed is started
 * again on its data and its ports.
 * <p>
 * Owned by one thread at a time: the generator's, and that of the faults in between.
 */
final class ZooKeepers implements AutoCloseable
{
    /** What {@link #leader()} says where there is none. */
    static final int NONE = -1;

    private static final int PORTS_OF_SERVER = 3;
    private static final int ASK_TIMEOUT_MS = 1_000;
    private static final long ANSWER_TIMEOUT_S = 5;
    private static final long QUORUM_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Path workDir;
    private final String host;
    private final List<String> prefix;
    private final ChildProcess[] processes;
    private final int[] ports;
    private final List<String> servers = new ArrayList<>();
    private final int[] lives;

    /**
     * @param count   of servers: 1, or 3 and more for an ensemble.
     * @param workDir for their data and output.
     * @param host    to listen on.
     * @param prefix  command that they are run by, empty for none.
     */
    ZooKeepers(final int count, final Path workDir, final String host, final List<String> prefix)
    {
        this.workDir = workDir;
        this.host = host;
        this.prefix = prefix;
        processes = new ChildProcess[count];
        ports = new int[count];
        lives = new int[count];
        if (count > 1)
        {
            chooseEnsemble();
        }
    }

    /** The configuration of an ensemble names all its ports, so none can be left to the servers to choose. */
    private void chooseEnsemble()
    {
        final int[] free = freePorts(PORTS_OF_SERVER * processes.length);
        for (int i = 0; i < processes.length; i++)
        {
            ports[i] = free[PORTS_OF_SERVER * i];
            servers.add("server." + (i + 1) + '=' + host + ':' + free[PORTS_OF_SERVER * i + 1] + ':' +
                free[PORTS_OF_SERVER * i + 2]);
        }
    }

    private static int[] freePorts(final int count)
    {
        final List<ServerSocket> sockets = new ArrayList<>();
        try
        {
            for (int i = 0; i < count; i++)
            {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }

            return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException("no free port for ZooKeeper", ex);
        }
        finally
        {
            CloseHelper.closeAll(sockets);
        }
    }

    /** Start all servers, and wait until they serve. */
    void start()
    {
        for (int i = 0; i < processes.length; i++)
        {
            start(i);
        }
    }

    /**
     * Start a server that does not run; one that is alone serves then.
     *
     * @param index of the server.
     */
    void start(final int index)
    {
        final String name = "zookeeper-" + (index + 1);
        final List<String> arguments = new ArrayList<>(List.of(
            workDir.resolve(name).toString(), host, Integer.toString(ports[index])));
        if (!servers.isEmpty())
        {
            arguments.add(Integer.toString(index + 1));
            arguments.addAll(servers);
        }
        final ChildProcess process = ChildProcess.launch(
            prefix, ZooKeeperChild.COMMAND, arguments, workDir.resolve(name + '.' + ++lives[index] + ".log"));
        processes[index] = process;
        final String connect = process.awaitReady("ZooKeeper");
        ports[index] = Integer.parseInt(connect.substring(connect.lastIndexOf(':') + 1));
    }

    /**
     * Wait until all servers serve and one of them leads.
     *
     * @throws DriverException where that does not come.
     */
    void awaitQuorum()
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + QUORUM_TIMEOUT_NS;
        while (!isWhole())
        {
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                throw new DriverException("the ensemble has no quorum of all its servers");
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    private boolean isWhole()
    {
        return 1 == processes.length ||
            Arrays.stream(ports).mapToObj(this::mode).allMatch((mode) -> List.of("leader", "follower").contains(mode));
    }

    /**
     * @return index of the server that leads the ensemble, {@link #NONE} where none does.
     */
    int leader()
    {
        for (int i = 0; i < processes.length; i++)
        {
            if ("leader".equals(mode(ports[i])))
            {
                return i;
            }
        }

        return NONE;
    }

    /** What a server says of itself, by ZooKeeper's own means; empty where it does not serve. */
    private String mode(final int port)
    {
        try (Socket socket = new Socket())
        {
            socket.connect(new InetSocketAddress(host, port), ASK_TIMEOUT_MS);
            socket.setSoTimeout(ASK_TIMEOUT_MS);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            final String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            return answer.lines()
                .filter((line) -> line.startsWith("Mode: "))
                .map((line) -> line.substring("Mode: ".length()).trim())
                .findFirst().orElse("");
        }
        catch (final IOException ex)
        {
            // Expected of one that is down or just coming up: it is asked again.
            return "";
        }
    }

    /**
     * Kill a server, and wait until it is gone.
     *
     * @param index of the server.
     */
    void kill(final int index)
    {
        processes[index].kill();
    }

    /**
     * End a session as its expiry would, by the server's own means.
     *
     * @param sessionId of the session.
     * @throws DriverException where the server does not do it.
     */
    void expire(final long sessionId)
    {
        processes[0].command(ZooKeeperChild.EXPIRE + sessionId);
        if (!ZooKeeperChild.EXPIRED.equals(processes[0].answer(ANSWER_TIMEOUT_S)))
        {
            throw new DriverException("ZooKeeper did not end a session: an ensemble cannot be told to");
        }
    }

    int count()
    {
        return processes.length;
    }

    /**
     * @return where the servers are.
     */
    String connectString()
    {
        return Arrays.stream(ports).mapToObj((port) -> host + ':' + port).collect(Collectors.joining(","));
    }

    List<Long> pids()
    {
        return Arrays.stream(processes)
            .filter((process) -> null != process && process.isAlive())
            .map(ChildProcess::pid)
            .toList();
    }

    @Override
    public void close()
    {
        for (final ChildProcess process : processes)
        {
            if (null != process && process.isAlive())
            {
                process.stop();
            }
        }
    }
}
