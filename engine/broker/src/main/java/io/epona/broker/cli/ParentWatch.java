package io.epona.broker.cli;

import java.io.IOException;
import java.io.InputStream;

/**
 * For a process that another command started: it ends when its parent does, whatever ended that, and leaves Ctrl-C,
 * which a terminal sends to both, to the parent, who knows the order in which to stop.
 * <p>
 * Any thread.
 */
final class ParentWatch implements StopSignal
{
    private final StopSignal own;
    private volatile boolean isParentGone;

    /**
     * @param terminal whose standard input ends with the parent.
     */
    ParentWatch(final Terminal terminal)
    {
        own = terminal.stop();
        ignore("INT");
        ignore("HUP");
        final Thread thread = new Thread(() -> awaitEnd(terminal.in()), "epona-parent");
        thread.setDaemon(true);
        thread.start();
    }

    private static void ignore(final String name)
    {
        try
        {
            // By reflection: the compiler warns of these classes, and there are no others for it.
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            signal.getMethod("handle", signal, handler).invoke(
                null, signal.getConstructor(String.class).newInstance(name), handler.getField("SIG_IGN").get(null));
        }
        catch (final ReflectiveOperationException ex)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                "cannot ignore SIG" + name + " (" + ex + "): run on a JDK with the module jdk.unsupported");
        }
    }

    private void awaitEnd(final InputStream in)
    {
        try
        {
            while (in.read() >= 0)
            {
                // The parent says nothing; that the pipe ends is what is waited for.
                continue;
            }
        }
        catch (final IOException ex)
        {
            // A broken pipe says the same as its end.
            isParentGone = true;
        }
        isParentGone = true;
    }

    @Override
    public boolean isRequested()
    {
        return isParentGone || own.isRequested();
    }
}
