package io.epona.loadgen.peers;

import java.util.function.Supplier;

/**
 * Where peers look for their classes and for the settings of their logging: the loader of the thread. Any thread.
 */
public final class PeerClasses
{
    private PeerClasses()
    {
    }

    /**
     * @param action that makes something of a peer.
     * @param <T>    what it makes.
     * @return what it made.
     */
    public static <T> T with(final Supplier<T> action)
    {
        final Thread thread = Thread.currentThread();
        final ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(PeerClasses.class.getClassLoader());
        try
        {
            return action.get();
        }
        finally
        {
            thread.setContextClassLoader(before);
        }
    }
}
