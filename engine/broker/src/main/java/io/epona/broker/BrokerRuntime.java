package io.epona.broker;

import org.agrona.concurrent.AgentInvoker;

import java.util.List;
import java.util.Map;

/**
 * What a running broker is made of.
 */
final class BrokerRuntime
{
    static BrokerRuntime start(final Broker.Context ctx)
    {
        throw BrokerException.configuration("not built yet: " + ctx.dataDir());
    }

    List<String> uris()
    {
        return List.of();
    }

    String inprocUri()
    {
        return null;
    }

    String ipcUri()
    {
        return null;
    }

    String udpUri()
    {
        return null;
    }

    int invoke()
    {
        return 0;
    }

    AgentInvoker mediaDriverInvoker()
    {
        return null;
    }

    String aeronDirectoryName()
    {
        return null;
    }

    Map<String, Long> counters()
    {
        return Map.of();
    }

    boolean isRunning()
    {
        return false;
    }

    Throwable failure()
    {
        return null;
    }

    void close()
    {
    }
}
