package io.epona.engine;

import org.agrona.concurrent.Agent;

/**
 * What stands behind an {@link Engine}.
 */
final class EngineRuntime
{
    private EngineRuntime()
    {
    }

    static EngineRuntime start(final Engine.Context ctx)
    {
        ctx.conclude();
        throw missing();
    }

    TopicInfo await(final TopicRequest request)
    {
        throw missing();
    }

    TopicRequest submit(final TopicRequest request)
    {
        throw missing();
    }

    Catalogue catalogue()
    {
        throw missing();
    }

    Agent housekeeper()
    {
        throw missing();
    }

    Engine.Context context()
    {
        throw missing();
    }

    int brokerEpoch()
    {
        throw missing();
    }

    void close()
    {
        throw missing();
    }

    private static IllegalStateException missing()
    {
        return new IllegalStateException("not yet");
    }
}
