package io.epona.engine.cluster;

import io.epona.engine.local.NodeTree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A tree that several sessions share, in one thread. Answers and hints come with poll; changes can be made to end
 * otherwise, sessions to break.
 */
public final class FakeEnsemble
{
    /** How a change ends. */
    public enum Fate
    {
        /** As it would. */
        PASS,
        /** It is made, and the answer is lost. */
        APPLIED_UNKNOWN,
        /** It is not made, and the answer is lost. */
        DROPPED_UNKNOWN,
        /** The answer is lost, and it is made when {@link #releaseLate()} is called. */
        LATE_UNKNOWN,
        /** It is refused. */
        FAILED
    }

    /** Sees every change that is made, before anybody is told. */
    @FunctionalInterface
    public interface Observer
    {
        void onChange(List<Operation> operations, long sessionId);
    }

    private final NodeTree tree = new NodeTree();
    private Observer observer = (operations, sessionId) ->
    {
    };
    private final List<Client> clients = new ArrayList<>();
    private final List<Runnable> late = new ArrayList<>();
    private long nextSessionId = 100;

    /** See every change. */
    public void observer(final Observer observer)
    {
        this.observer = observer;
    }

    /** Connect another process. */
    public Client connect()
    {
        final Client client = new Client();
        clients.add(client);
        client.renew();
        return client;
    }

    /** Make the changes that were late; one of a session that is over is not made. */
    public void releaseLate()
    {
        final List<Runnable> changes = List.copyOf(late);
        late.clear();
        changes.forEach(Runnable::run);
    }

    /** Look at a node. */
    public byte[] value(final String path)
    {
        return null == tree.node(path) ? null : tree.node(path).value();
    }

    /** Look at a node. */
    public int version(final String path)
    {
        return null == tree.node(path) ? -1 : tree.node(path).version();
    }

    /** Look at a node. */
    public long owner(final String path)
    {
        return null == tree.node(path) ? -1 : tree.node(path).ephemeralOwner();
    }

    /** Look at a node. */
    public List<String> children(final String path)
    {
        return tree.children(path);
    }

    /** Look at a partition. */
    public PartitionState state(final long topicId, final int partition)
    {
        final String path = Paths.state(topicId, partition);
        return NodeValues.decodeState(path, value(path));
    }

    /** Change something as somebody else. */
    public void change(final Operation... operations)
    {
        if (Coordination.Status.OK != apply(List.of(operations), 1))
        {
            throw new IllegalStateException("refused: " + List.of(operations));
        }
    }

    private Coordination.Status apply(final List<Operation> operations, final long sessionId)
    {
        final Coordination.Status status = tree.apply(operations, sessionId);
        if (Coordination.Status.OK == status)
        {
            observer.onChange(operations, sessionId);
            for (final String path : tree.changedPaths())
            {
                clients.forEach((client) -> client.hint(path));
            }
            tree.keep();
        }

        return status;
    }

    private void end(final long sessionId)
    {
        final List<Operation> operations = new ArrayList<>();
        tree.nodes().forEach((path, node) ->
        {
            if (node.ephemeralOwner() == sessionId)
            {
                operations.add(Operation.delete(path, Coordination.ANY_VERSION));
            }
        });
        apply(operations, sessionId);
    }

    /** The coordination of one process. */
    public final class Client implements Coordination
    {
        private record Watch(String path, WatchListener listener)
        {
        }

        private final ArrayDeque<Fate> script = new ArrayDeque<>();
        private final ArrayDeque<Runnable> calls = new ArrayDeque<>();
        private final ArrayDeque<Runnable> deliveries = new ArrayDeque<>();
        private final ArrayDeque<Runnable> held = new ArrayDeque<>();
        private final List<Watch> watches = new ArrayList<>();
        private final List<SessionListener> listeners = new ArrayList<>();
        private long sessionId;
        private int changeCount;
        private boolean isSuspended;
        private boolean isDeaf;
        private boolean isClosed;

        /** Decide the next changes. */
        public void script(final Fate... fates)
        {
            script.addAll(List.of(fates));
        }

        /** Number of changes that were asked for; the last may not be made yet. */
        public int changeCount()
        {
            return changeCount;
        }

        /** The connection breaks; what is under way has no known outcome and is not made. */
        public void suspend()
        {
            isSuspended = true;
            listeners.forEach((listener) -> deliveries.add(listener::onSuspended));
        }

        /** The connection comes back with the session, if that still lives, else with a new one. */
        public void resume()
        {
            isSuspended = false;
            if (0 == sessionId)
            {
                renew();
                return;
            }
            final long id = sessionId;
            listeners.forEach((listener) -> deliveries.add(() -> listener.onConnected(id)));
            watches.forEach((watch) -> deliveries.add(() -> watch.listener.onChanged(watch.path)));
        }

        /** Whatever was to go wrong does not any more. */
        public void heal()
        {
            script.clear();
            deaf(false);
            if (isSuspended)
            {
                resume();
            }
        }

        /** The ensemble ends the session; the process hears of it, where it is connected. */
        public void expire()
        {
            end(sessionId);
            sessionId = 0;
            listeners.forEach((listener) -> deliveries.add(listener::onExpired));
            if (!isSuspended)
            {
                renew();
            }
        }

        private void renew()
        {
            sessionId = nextSessionId++;
            final long id = sessionId;
            listeners.forEach((listener) -> deliveries.add(() -> listener.onConnected(id)));
            watches.forEach((watch) -> deliveries.add(() -> watch.listener.onChanged(watch.path)));
        }

        private void hint(final String path)
        {
            for (final Watch watch : watches)
            {
                if (!isSuspended && (path.equals(watch.path) || path.startsWith(watch.path + '/')))
                {
                    (isDeaf ? held : deliveries).add(() -> watch.listener.onChanged(path));
                }
            }
        }

        /** Hints come late, or all that are late come now. */
        public void deaf(final boolean isDeaf)
        {
            this.isDeaf = isDeaf;
            if (!isDeaf)
            {
                deliveries.addAll(held);
                held.clear();
            }
        }

        @Override
        public void read(final String path, final NodeHandler handler)
        {
            final long session = sessionId;
            calls.add(() ->
            {
                final Status refusal = refusal(session);
                final NodeTree.Node node = tree.node(path);
                if (null != refusal || null == node)
                {
                    final Status status = null == refusal ? Status.NO_NODE : refusal;
                    deliveries.add(() -> handler.onNode(status, null, -1, 0));
                }
                else
                {
                    deliveries.add(() -> handler.onNode(
                        Status.OK, node.value(), node.version(), node.ephemeralOwner()));
                }
            });
        }

        @Override
        public void children(final String path, final ChildrenHandler handler)
        {
            final long session = sessionId;
            calls.add(() ->
            {
                final Status refusal = refusal(session);
                final Status status = null != refusal ? refusal : null == tree.node(path) ? Status.NO_NODE : Status.OK;
                final List<String> names = Status.OK == status ? tree.children(path) : List.of();
                deliveries.add(() -> handler.onChildren(status, names));
            });
        }

        @Override
        public void multi(final List<Operation> operations, final ChangeHandler handler)
        {
            final List<Operation> copy = List.copyOf(operations);
            final long session = sessionId;
            changeCount++;
            final Fate fate = script.isEmpty() ? Fate.PASS : script.poll();
            calls.add(() ->
            {
                Status status = refusal(session);
                if (null == status)
                {
                    status = change(copy, session, fate);
                }
                final Status answer = status;
                final int failedIndex = Status.OK == answer ? -1 : tree.failedIndex();
                final int[] versions = Status.OK == answer ? tree.versions() : new int[0];
                deliveries.add(() -> handler.onChange(answer, failedIndex, versions));
            });
        }

        private Status change(final List<Operation> operations, final long session, final Fate fate)
        {
            switch (fate)
            {
                case PASS ->
                {
                    return apply(operations, session);
                }
                case APPLIED_UNKNOWN -> apply(operations, session);
                case LATE_UNKNOWN -> late.add(() ->
                {
                    if (sessionId == session)
                    {
                        apply(operations, session);
                    }
                });
                case FAILED ->
                {
                    return Status.FAILED;
                }
                default ->
                {
                    // Lost on the way.
                }
            }

            return Status.OUTCOME_UNKNOWN;
        }

        private Status refusal(final long session)
        {
            return 0 == session || session != sessionId ? Status.SESSION_EXPIRED :
                isSuspended ? Status.OUTCOME_UNKNOWN : null;
        }

        @Override
        public void watch(final String path, final WatchListener listener)
        {
            watches.add(new Watch(path, listener));
        }

        @Override
        public void sessionListener(final SessionListener listener)
        {
            listeners.add(listener);
            final long id = sessionId;
            if (0 != id)
            {
                deliveries.add(() -> listener.onConnected(id));
            }
        }

        @Override
        public long sessionId()
        {
            return sessionId;
        }

        @Override
        public int poll()
        {
            if (isClosed)
            {
                return 0;
            }
            int workCount = 0;
            for (int i = calls.size(); i > 0; i--)
            {
                workCount++;
                calls.poll().run();
            }
            for (int i = deliveries.size(); i > 0; i--)
            {
                workCount++;
                deliveries.poll().run();
            }

            return workCount;
        }

        @Override
        public void close()
        {
            if (!isClosed)
            {
                kill();
                end(sessionId);
            }
        }

        /** The process is gone, its session lives on until {@link #expire()}. */
        public void kill()
        {
            isClosed = true;
            calls.clear();
            deliveries.clear();
            watches.clear();
            listeners.clear();
        }
    }
}
