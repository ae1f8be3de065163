package io.epona.transport;

import java.util.ServiceLoader;

/**
 * Lanes to a broker in the same JVM, found by {@link ServiceLoader}. Any thread.
 */
public final class InprocConnector implements LaneConnector
{
    private final Iterable<InprocProvider> providers;
    private final String name;
    /** Of the newest session: set by the client's agent when it opens a control lane, read by every lane's thread. */
    private volatile InprocConnection connection;

    /**
     * @param name of the broker.
     */
    public InprocConnector(final String name)
    {
        this(name, ServiceLoader.load(InprocProvider.class));
    }

    InprocConnector(final String name, final Iterable<InprocProvider> providers)
    {
        this.name = name;
        this.providers = providers;
    }

    @Override
    public Opening open(final LaneKind kind, final LaneSizes sizes, final int shard)
    {
        if (LaneKind.CONTROL == kind)
        {
            close();
            connection = connect();
        }
        final InprocConnection current = connection;
        if (null == current || !current.isOpen())
        {
            return new Done(null, "no broker named '" + name +
                "' runs in this JVM: launch one first, and have epona-broker on the class path");
        }
        return new Done(LaneKind.CONTROL == kind ? current.controlLane() : current.produceLane(shard), null);
    }

    @Override
    public LaneSizes sizes(final int maxBatchLength)
    {
        return LaneSizes.ipc(Math.min(
            LaneSizes.MAX_MESSAGE_LENGTH, maxBatchLength + LaneSizes.MESSAGE_HEADERS_LENGTH));
    }

    @Override
    public PushSource pushSource(final SessionInfo session, final int shard)
    {
        final InprocConnection current = connection;
        return null == current ? null : current.pushSource(shard, session.token());
    }

    @Override
    public String description()
    {
        return "inproc '" + name + "'";
    }

    @Override
    public void close()
    {
        final InprocConnection current = connection;
        connection = null;
        if (null != current)
        {
            current.close();
        }
    }

    private InprocConnection connect()
    {
        for (final InprocProvider provider : providers)
        {
            final InprocConnection found = provider.connect(name);
            if (null != found)
            {
                return found;
            }
        }
        return null;
    }

    /** Nothing takes time inside a JVM. */
    private static final class Done implements Opening
    {
        private final String problem;
        private Lane lane;

        private Done(final Lane lane, final String problem)
        {
            this.lane = lane;
            this.problem = problem;
        }

        @Override
        public Lane poll()
        {
            final Lane taken = lane;
            lane = null;
            return taken;
        }

        @Override
        public String problem()
        {
            return problem;
        }

        @Override
        public void close()
        {
            if (null != lane)
            {
                lane.close();
                lane = null;
            }
        }
    }
}
