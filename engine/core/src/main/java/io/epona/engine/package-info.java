/** Placeholder. */
package io.epona.engine;
