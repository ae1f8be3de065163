package io.epona.broker.cli.cluster;

import io.epona.broker.cli.CommandException;
import io.epona.broker.cli.ExitCodes;
import io.epona.broker.cli.Terminal;
import io.epona.codecs.ResultCode;
import io.epona.coordination.CuratorCoordination;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;
import org.agrona.concurrent.SystemNanoClock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The tree of a cluster for a command, which may wait: every call blocks until it is answered, the time is over, or the
 * command is told to stop. Founds nothing.
 * <p>
 * Owned by one thread.
 */
final class ClusterTree implements AutoCloseable
{
    private static final long TELL_AFTER_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long REASON_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final int CALLS_AT_A_TIME = 1000;

    /**
     * A node of the tree.
     *
     * @param path           of the node.
     * @param value          of the node.
     * @param version        of the node.
     * @param ephemeralOwner session that it lives with, or 0.
     */
    record Node(String path, byte[] value, int version, long ephemeralOwner)
    {
    }

    private final String connect;
    private final long timeoutNs;
    private final Terminal terminal;
    private final Coordination coordination;
    private Throwable reason;

    private ClusterTree(final String connect, final String cluster, final long timeoutNs, final Terminal terminal)
    {
        // What is shown never holds the password.
        this.connect = connect.substring(connect.lastIndexOf('@') + 1);
        this.timeoutNs = timeoutNs;
        this.terminal = terminal;
        coordination = CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(connect)
            .cluster(cluster)
            .founding(false)
            .errorHandler(this::onError));
    }

    /**
     * Connect.
     *
     * @param connect   what to connect to.
     * @param cluster   name of the cluster.
     * @param timeoutNs for each step.
     * @param terminal  told where it takes long.
     * @return the tree of a cluster that was founded.
     */
    static ClusterTree open(
        final String connect, final String cluster, final long timeoutNs, final Terminal terminal)
    {
        final ClusterTree tree;
        try
        {
            tree = new ClusterTree(connect, cluster, timeoutNs, terminal);
        }
        catch (final EngineException ex)
        {
            throw new CommandException(
                ExitCodes.USAGE,
                ex.getMessage().replace("epona.zookeeper.connect", "--zookeeper")
                    .replace("epona.zookeeper.cluster", "--cluster"));
        }

        boolean isOpen = false;
        try
        {
            tree.awaitSession();
            if (null == tree.read(Paths.CLUSTER_ID))
            {
                throw new CommandException(
                    ExitCodes.USAGE,
                    "ZooKeeper at " + tree.connect + " knows no cluster '" + cluster +
                    "': name another with --cluster, or start its first broker");
            }
            isOpen = true;
            return tree;
        }
        finally
        {
            if (!isOpen)
            {
                tree.close();
            }
        }
    }

    private void onError(final Throwable error)
    {
        reason = error;
    }

    private void awaitSession()
    {
        final long tellNs = SystemNanoClock.INSTANCE.nanoTime() + TELL_AFTER_NS;
        final boolean[] isTold = new boolean[1];
        final boolean isConnected = await(timeoutNs, () ->
        {
            if (!isTold[0] && SystemNanoClock.INSTANCE.nanoTime() - tellNs > 0)
            {
                isTold[0] = true;
                terminal.err().println("waiting for ZooKeeper at " + connect + " ...");
            }
            return 0 != coordination.sessionId();
        });
        if (!isConnected)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "no ZooKeeper server of " + connect + " was reached within " +
                TimeUnit.NANOSECONDS.toSeconds(timeoutNs) + " s: check --zookeeper, and that the servers run");
        }
    }

    /**
     * @return what the tree was found at.
     */
    String connect()
    {
        return connect;
    }

    /**
     * @param path of a node.
     * @return the node, or null where it does not exist.
     */
    Node read(final String path)
    {
        return readAll(List.of(path)).get(0);
    }

    /**
     * @param paths of nodes.
     * @return the nodes in the same order; null for one that does not exist.
     */
    List<Node> readAll(final List<String> paths)
    {
        final List<Node> nodes = new ArrayList<>(paths.size());
        for (int from = 0; from < paths.size(); from += CALLS_AT_A_TIME)
        {
            final List<String> part = paths.subList(from, Math.min(paths.size(), from + CALLS_AT_A_TIME));
            final List<Status> statuses = new ArrayList<>(part.size());
            for (final String path : part)
            {
                coordination.read(path, (status, value, version, ephemeralOwner) ->
                {
                    statuses.add(status);
                    nodes.add(Status.OK == status ? new Node(path, value, version, ephemeralOwner) : null);
                });
            }
            awaitAnswers("read " + part.get(0), () -> part.size() == statuses.size());
            for (final Status status : statuses)
            {
                check("read " + part.get(0), status, Status.NO_NODE);
            }
        }

        return nodes;
    }

    /**
     * @param path of a node.
     * @return names of its children in ascending order; empty where there is no such node.
     */
    List<String> children(final String path)
    {
        final List<Status> statuses = new ArrayList<>();
        final List<String> names = new ArrayList<>();
        coordination.children(path, (status, children) ->
        {
            statuses.add(status);
            names.addAll(children);
        });
        awaitAnswers("list " + path, () -> !statuses.isEmpty());
        check("list " + path, statuses.get(0), Status.NO_NODE);

        return names;
    }

    /**
     * Leave requests to the controller, and wait until it has dealt with all of them.
     *
     * @param requests operations that create them.
     * @return whether none is left: false where the time was over before.
     */
    boolean request(final List<Operation> requests)
    {
        final List<Status> statuses = new ArrayList<>();
        for (int from = 0; from < requests.size(); from += CALLS_AT_A_TIME)
        {
            final List<Operation> part = requests.subList(from, Math.min(requests.size(), from + CALLS_AT_A_TIME));
            for (final Operation request : part)
            {
                coordination.multi(List.of(request), (status, failedIndex, versions) -> statuses.add(status));
            }
            final int expected = from + part.size();
            awaitAnswers("create " + part.get(0).path(), () -> expected == statuses.size());
        }
        for (final Status status : statuses)
        {
            // The same is asked for already, perhaps by an attempt of which nothing was heard.
            check("create " + requests.get(0).path(), status, Status.NODE_EXISTS);
        }

        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + timeoutNs;
        for (final Operation request : requests)
        {
            while (null != read(request.path()))
            {
                if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
                {
                    return false;
                }
                await(PARK_NS * 100, () -> false);
            }
        }

        return true;
    }

    private void awaitAnswers(final String purpose, final BooleanSupplier isAnswered)
    {
        if (!await(timeoutNs, isAnswered))
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "ZooKeeper at " + connect + " did not answer within " + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) +
                " s, asked to " + purpose + ": check that it runs, then try again");
        }
    }

    private void check(final String purpose, final Status status, final Status alsoGood)
    {
        if (Status.OK == status || alsoGood == status)
        {
            return;
        }

        // Why a call is refused comes apart from its answer.
        await(REASON_NS, () -> null != reason);
        if (reason instanceof EngineException known && ResultCode.NOT_AUTHORIZED == known.code())
        {
            throw new CommandException(
                ExitCodes.USAGE, known.getMessage().replace("epona.zookeeper.connect", "--zookeeper"));
        }
        throw new CommandException(
            ExitCodes.INFRASTRUCTURE,
            "ZooKeeper at " + connect + " answered " + status + ", asked to " + purpose +
            (null == reason ? "" : " (" + reason.getMessage() + ")") + ": try again");
    }

    private boolean await(final long limitNs, final BooleanSupplier isMet)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + limitNs;
        while (!isMet.getAsBoolean())
        {
            if (terminal.stop().isRequested())
            {
                throw new CommandException(ExitCodes.INFRASTRUCTURE, "stopped before it was done");
            }
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                return false;
            }
            if (0 == coordination.poll())
            {
                LockSupport.parkNanos(PARK_NS);
            }
        }

        return true;
    }

    @Override
    public void close()
    {
        coordination.close();
    }
}
