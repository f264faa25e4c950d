// Everything that is compared, in this order.

import jwt from "./jwt.mjs";
import mails from "./mails.mjs";
import origins from "./origins.mjs";
import routing from "./routing.mjs";
import sessions from "./sessions.mjs";
import settings from "./settings.mjs";
import signIn from "./sign_in.mjs";
import signUp from "./sign_up.mjs";
import users from "./users.mjs";

export const topics = [signUp, signIn, sessions, users, origins, routing, jwt, settings, mails].flat();
