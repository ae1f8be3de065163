package io.epona.engine;

import io.epona.codecs.ResultCode;

/**
 * The one flag that a JVM with Agrona in it needs. Stateless: any thread.
 */
final class JvmFlags
{
    /** The line to paste behind {@code java}. */
    static final String REQUIRED = "--add-opens java.base/jdk.internal.misc=ALL-UNNAMED";

    private static final String PACKAGE = "jdk.internal.misc";
    private static final String AGRONA_CLASS = "org.agrona.UnsafeApi";

    private JvmFlags()
    {
    }

    /**
     * Look for the flag. To be called before any buffer of Agrona's is touched, which without it fails in the
     * initialiser of a class and says little.
     *
     * @throws EngineException INVALID_CONFIG with the line to paste.
     */
    static void check()
    {
        final Module agrona;
        try
        {
            agrona = Class.forName(AGRONA_CLASS, false, JvmFlags.class.getClassLoader()).getModule();
        }
        catch (final ClassNotFoundException ex)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG, "Agrona 2.x is not on the class path: add org.agrona:agrona", ex);
        }

        if (!Object.class.getModule().isExported(PACKAGE, agrona))
        {
            final String line = agrona.isNamed() ?
                REQUIRED.replace("ALL-UNNAMED", agrona.getName()) : REQUIRED;
            throw new EngineException(
                ResultCode.INVALID_CONFIG, "this JVM lacks a flag that Agrona needs. Start it with: java " + line);
        }
    }
}
