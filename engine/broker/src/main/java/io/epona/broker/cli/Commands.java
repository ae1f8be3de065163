package io.epona.broker.cli;

import java.io.File;

/**
 * How this program is called, for advice. Stateless: any thread.
 */
public final class Commands
{
    private Commands()
    {
    }

    /**
     * @return what a command line of this program begins with.
     */
    public static String prefix()
    {
        final String path = System.getProperty("java.class.path");
        final boolean isJar = path.endsWith(".jar") && path.indexOf(File.pathSeparatorChar) < 0;
        return isJar ? "java -jar " + path : "epona";
    }
}
